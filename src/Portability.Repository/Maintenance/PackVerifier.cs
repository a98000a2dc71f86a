using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// Checks packs of several signers for each other: reads every frame, checks every content id, and puts a record that says so. One caller at a
/// time.
/// </summary>
/// <remarks>FORMAT.md, section 12. Where one key alone has signed what stands, nobody needs such records.</remarks>
internal sealed class PackVerifier
{
    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly Func<Guid, ObjectScope> scopes;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a verifier.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">A key with any right.</param>
    /// <param name="scopes">What packs of a workload are opened with; empty where blocks are shared in the whole repository.</param>
    /// <param name="observer">Hears of packs that are not what they say.</param>
    public PackVerifier(OpenRepository repository, RecordSigner signer, Func<Guid, ObjectScope> scopes, IOperationObserver observer)
    {
        this.repository = repository;
        this.signer = signer;
        this.scopes = scopes;
        this.observer = observer;
    }

    /// <summary>Checks what manifests need and no record covers.</summary>
    /// <param name="live">What is needed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Packs that were checked and are what they say.</returns>
    /// <exception cref="PortabilityException">The store failed, or a reference tree is damaged.</exception>
    public async Task<long> RunAsync(LiveObjects live, CancellationToken cancellationToken)
    {
        FoundManifest[] counting = [.. live.Manifests.Where(manifest => manifest.Counts)];
        if (counting.DistinctBy(manifest => manifest.Signer).Count() < 2)
        {
            return 0;
        }

        IReadOnlyDictionary<ObjectId, WrittenObject> known = await VerifiedPacks.ReadAsync(repository, cancellationToken).ConfigureAwait(false);
        bool byWorkload = repository.Configuration.DedupScope == DedupScope.Workload;
        var seen = new HashSet<(Digest Node, Guid Scope)>();
        var looked = new HashSet<ObjectId>();
        long verified = 0;
        foreach (FoundManifest manifest in counting)
        {
            Guid scope = byWorkload ? manifest.Manifest.Workload : Guid.Empty;
            if (live.Tree(manifest) is not { } tree)
            {
                continue;
            }

            await foreach (WrittenObject entry in tree.UnseenAsync(node => seen.Add((node, scope)), cancellationToken).ConfigureAwait(false))
            {
                if (entry.Kind == ObjectKind.Pack && !known.ContainsKey(entry.Id) && live.Contains(entry.Id) && looked.Add(entry.Id)
                    && await IsWholeAsync(entry, scopes(scope), cancellationToken).ConfigureAwait(false))
                {
                    await VerifiedPacks.PutAsync(repository, signer, entry, cancellationToken).ConfigureAwait(false);
                    verified++;
                }
            }
        }

        return verified;
    }

    private async Task<bool> IsWholeAsync(WrittenObject pack, ObjectScope scope, CancellationToken cancellationToken)
    {
        try
        {
            using ContentIdHasher hasher = scope.Hasher(pack.Set);
            using PackReader reader = await PackReader.OpenAsync(scope, pack.Set, pack.Id, cancellationToken).ConfigureAwait(false);
            byte[] expected = new byte[BlockId.Size];
            foreach (PackFrame frame in reader.Directory.Frames.ToArray())
            {
                byte[] content = await reader.ReadFrameAsync(frame, cancellationToken).ConfigureAwait(false);
                for (int block = 0; block < frame.BlockCount; block++)
                {
                    reader.Directory.Blocks[frame.FirstBlock + block].Write(expected);
                    if (!hasher.Matches(content.AsSpan(block * scope.BlockSize, scope.BlockSize), expected))
                    {
                        throw Damage.At(reader.Name, frame.Offset, FormattableString.Invariant($"block {block} of frame {frame.Number} is not what its content id says"));
                    }
                }
            }

            return await scope.Objects.ReadAsync(pack.Kind, pack.Set, pack.Id, async (name, token) => await HashAsync(scope.Objects, name, pack.Length, token).ConfigureAwait(false) == pack.Hash, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            observer.OnVerbose($"Nobody else relies on a pack that is not what it says: {exception.Message}");
            return false;
        }
    }

    private static async Task<Digest> HashAsync(StoredObjects objects, Backends.BlobName name, long length, CancellationToken cancellationToken)
    {
        using var hash = new RunningHash();
        byte[] piece = new byte[Math.Min(length, 1 << 20)];
        for (long offset = 0; offset < length; offset += piece.Length)
        {
            Memory<byte> target = piece.AsMemory(0, (int)Math.Min(piece.Length, length - offset));
            await objects.ReadExactlyAsync(name, offset, target, cancellationToken).ConfigureAwait(false);
            hash.Append(target.Span);
        }

        byte[] digest = new byte[Digest.Size];
        hash.Finish(digest);
        return Digest.Read(digest);
    }
}
