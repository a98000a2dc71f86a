using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Copies what lives of condemned packs into new ones, then puts their runs, then the substitutions. Used once.</summary>
/// <remarks>FORMAT.md, section 16. A family that cannot be copied whole, or that a snapshot needs of which not all blocks can be told, stays as it is.</remarks>
internal sealed class PackRewrite
{
    private const int FrameLength = 256 << 10;

    // One bit each in a mask of what a reference tree names.
    private const int MaximumPacks = 64;

    private readonly OpenRepository repository;
    private readonly RecordSigner signer;
    private readonly WriterLease lease;
    private readonly CompactOptions options;
    private readonly Func<Guid, ObjectScope> scopes;
    private readonly FrameCodec codec = new();
    private readonly LiveBlocks blocks = new();
    private readonly Dictionary<ObjectId, PackReader> readers = [];
    private readonly List<(WrittenObject Pack, IReadOnlyList<PackFamily> Families)> made = [];

    public PackRewrite(
        OpenRepository repository, RecordSigner signer, WriterLease lease, CompactOptions options, Func<Guid, ObjectScope> scopes)
    {
        this.repository = repository;
        this.signer = signer;
        this.lease = lease;
        this.options = options;
        this.scopes = scopes;
    }

    /// <summary>Packs that were rewritten.</summary>
    public long PacksRewritten { get; private set; }

    /// <summary>Bytes of the packs that were made of them.</summary>
    public long BytesRewritten { get; private set; }

    /// <summary>Rewrites families.</summary>
    /// <param name="chosen">The families; all are condemned.</param>
    /// <param name="live">What is needed, marked after all leases noted that.</param>
    /// <param name="nodes">Reads nodes of maps.</param>
    /// <param name="breathe">Called between steps, so that the lease lives on.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(
        IReadOnlyList<PackFamily> chosen, LiveObjects live, MapNodeSource nodes, Func<string, CancellationToken, ValueTask> breathe, CancellationToken cancellationToken)
    {
        try
        {
            List<PackFamily> readable = await OpenAsync(chosen, cancellationToken).ConfigureAwait(false);
            long visited = 0;
            (List<FoundManifest> whole, List<FoundManifest> broken) = await live.VisitAsync(
                nodes,
                async (_, location, token) =>
                {
                    blocks.Mark(location.Id);
                    if (++visited % 4096 == 0)
                    {
                        await breathe("marking what lives", token).ConfigureAwait(false);
                    }
                },
                cancellationToken).ConfigureAwait(false);
            HashSet<ObjectId> kept = await NamedAsync(live, broken, cancellationToken).ConfigureAwait(false);
            foreach (IGrouping<(Guid Scope, BlockSet Set), PackFamily> together in readable
                .Where(family => !family.Members.Overlaps(kept) && IsWorthIt(family))
                .GroupBy(family => (family.Scope, family.Set)))
            {
                await GatherAsync(scopes(together.Key.Scope), together.Key.Set, together, breathe, cancellationToken).ConfigureAwait(false);
            }

            await SubstituteAsync(live, whole, breathe, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (PackReader reader in readers.Values)
            {
                reader.Dispose();
            }
        }
    }

    private static async Task<HashSet<ObjectId>> NamedAsync(LiveObjects live, List<FoundManifest> manifests, CancellationToken cancellationToken)
    {
        var named = new HashSet<ObjectId>();
        foreach (FoundManifest manifest in manifests)
        {
            if (live.Tree(manifest) is { } tree)
            {
                try
                {
                    await foreach (WrittenObject entry in tree.EntriesAsync(0, cancellationToken).ConfigureAwait(false))
                    {
                        named.Add(entry.Id);
                    }
                }
                catch (PortabilityException exception) when (!manifest.Counts && exception is IntegrityException or InvalidFormatException)
                {
                    // Nobody's snapshot: what can be read of it is kept.
                }
            }
        }

        return named;
    }

    private async Task<List<PackFamily>> OpenAsync(IReadOnlyList<PackFamily> chosen, CancellationToken cancellationToken)
    {
        var readable = new List<PackFamily>();
        foreach (PackFamily family in chosen)
        {
            try
            {
                foreach (WrittenObject pack in family.Packs)
                {
                    PackReader reader = await PackReader.OpenAsync(scopes(family.Scope), pack.Set, pack.Id, cancellationToken).ConfigureAwait(false);
                    readers.Add(pack.Id, reader);
                    blocks.Watch(reader.Directory);
                }

                readable.Add(family);
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                // Damaged: it stays for checks to report, and for a mirror to repair.
            }
        }

        return readable;
    }

    // The estimate that chose it may have been wrong.
    private bool IsWorthIt(PackFamily family)
    {
        long all = 0;
        var needed = new HashSet<BlockId>();
        foreach (WrittenObject pack in family.Packs)
        {
            foreach (BlockId id in readers[pack.Id].Directory.Blocks)
            {
                all++;
                if (blocks.Contains(id))
                {
                    needed.Add(id);
                }
            }
        }

        return family.IsForced || all - needed.Count >= all * options.DeadShare;
    }

    private async Task GatherAsync(
        ObjectScope scope, BlockSet set, IEnumerable<PackFamily> families, Func<string, CancellationToken, ValueTask> breathe, CancellationToken cancellationToken)
    {
        using ContentIdHasher hasher = scope.Hasher(set);
        var places = new List<Location>();
        PackBuilder? builder = null;
        foreach (PackFamily family in families)
        {
            await breathe("copying what lives", cancellationToken).ConfigureAwait(false);
            if (await TryReadAsync(family, hasher, blocks.Contains, cancellationToken).ConfigureAwait(false) is not { } content
                || (builder is not null && builder.TryAdd(family, content)))
            {
                continue;
            }

            await CompleteAsync(builder, hasher, places, cancellationToken).ConfigureAwait(false);
            builder = made.Count < MaximumPacks ? new PackBuilder(scope, set, lease.Id, repository.Random) : null;
            if (builder is null)
            {
                break;
            }

            builder.TryAdd(family, content);
        }

        await CompleteAsync(builder, hasher, places, cancellationToken).ConfigureAwait(false);
        await RunBatch.PutAsync(scope, set, lease.Id, repository.Random, signer, places, cancellationToken).ConfigureAwait(false);
    }

    private async Task CompleteAsync(PackBuilder? builder, ContentIdHasher hasher, List<Location> places, CancellationToken cancellationToken)
    {
        if (builder is null || builder.Families.Count == 0)
        {
            return;
        }

        if (builder.IsEmpty)
        {
            // A substitution names a pack, and a pack has a block: where nothing lives, one of the dead stands in.
            PackFamily first = builder.Families[0];
            BlockId standIn = readers[first.Packs[0].Id].Directory.Blocks[0];
            if (await TryReadAsync(first, hasher, id => id == standIn, cancellationToken).ConfigureAwait(false) is not { } content)
            {
                return;
            }

            builder.Fill(content);
        }

        WrittenObject pack = await builder.CompleteAsync(places, cancellationToken).ConfigureAwait(false);
        made.Add((pack, builder.Families));
    }

    private async Task SubstituteAsync(LiveObjects live, List<FoundManifest> manifests, Func<string, CancellationToken, ValueTask> breathe, CancellationToken cancellationToken)
    {
        var bits = new Dictionary<ObjectId, ulong>();
        for (int number = 0; number < made.Count; number++)
        {
            foreach (ObjectId member in made[number].Families.SelectMany(family => family.Members))
            {
                bits[member] = bits.GetValueOrDefault(member) | (1UL << number);
            }
        }

        var known = new Dictionary<Digest, ulong>();
        List<RecordHash>[] users = [.. made.Select(_ => new List<RecordHash>())];
        foreach (FoundManifest manifest in manifests)
        {
            await breathe("telling who needs it", cancellationToken).ConfigureAwait(false);
            ulong named = live.Tree(manifest) is { } tree
                ? await tree.JoinAsync(entry => bits.GetValueOrDefault(entry.Id), known, cancellationToken).ConfigureAwait(false)
                : 0;
            for (int number = 0; number < users.Length; number++)
            {
                if ((named & (1UL << number)) != 0)
                {
                    users[number].Add(manifest.Hash);
                }
            }
        }

        for (int number = 0; number < users.Length; number++)
        {
            if (users[number].Count > 0)
            {
                await CommitAsync(made[number].Pack, made[number].Families, users[number], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Each block of the new pack was checked when it was copied, so that everybody may rely on it.
    private async Task CommitAsync(WrittenObject pack, IReadOnlyList<PackFamily> families, List<RecordHash> completeFor, CancellationToken cancellationToken)
    {
        await VerifiedPacks.PutAsync(repository, signer, pack, cancellationToken).ConfigureAwait(false);
        ObjectId[] old = [.. families.SelectMany(family => family.Packs).Select(item => item.Id)];
        SignedRecord record = Substitutions.Sign(signer, pack, old, completeFor);
        BlobName name = RepositoryNames.Substitution(pack.Id, lease.Id);
        await lease.PrepareCommitAsync(name, cancellationToken).ConfigureAwait(false);
        if (await repository.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Exists)
        {
            byte[]? stands = await repository.Store.TryReadAllAsync(name, record.Bytes.Length, cancellationToken).ConfigureAwait(false);
            if (stands is null || !stands.AsSpan().SequenceEqual(record.Bytes.Span))
            {
                throw LeaseErrors.ShutOut(lease.Id, repository.Store.Location);
            }
        }

        PacksRewritten += old.Length;
        BytesRewritten += pack.Length;
    }

    private async Task<IReadOnlyList<RewrittenFrame>?> TryReadAsync(
        PackFamily family, ContentIdHasher hasher, Func<BlockId, bool> isNeeded, CancellationToken cancellationToken)
    {
        var gatherer = new FrameGatherer(hasher, codec, FrameLength);
        try
        {
            foreach (WrittenObject pack in family.Packs)
            {
                await gatherer.TakeAsync(readers[pack.Id], isNeeded, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return null; // a block of it is damaged: it stays
        }

        gatherer.Flush();
        return gatherer.Frames;
    }
}
