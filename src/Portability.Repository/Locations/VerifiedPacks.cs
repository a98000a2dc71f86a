using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Locations;

/// <summary>Packs of which a key holder has read every frame and checked every content id: those that other signers may rely on.</summary>
/// <remarks>FORMAT.md, section 12.</remarks>
public static class VerifiedPacks
{
    private const int MaximumSize = 64 << 10;
    private const string Boot = "boot", Data = "data";

    private static readonly SignerRights[] Rights = [SignerRights.Capture, SignerRights.Remove, SignerRights.Compact, SignerRights.Admit];

    /// <summary>Reads the records that count.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static Task<IReadOnlyDictionary<ObjectId, WrittenObject>> ReadAsync(OpenRepository repository, CancellationToken cancellationToken) =>
        ReadAsync(repository, new HashSet<ObjectId>(), cancellationToken);

    /// <summary>Reads the record of one pack.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="pack">The pack.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null if none counts.</returns>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<WrittenObject?> TryFindAsync(OpenRepository repository, ObjectId pack, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in repository.Store.ListAsync($"{RepositoryNames.VerifiedPrefix}{pack}.", cancellationToken).ConfigureAwait(false))
        {
            if (await TryReadAsync(repository, entry.Name, pack, cancellationToken).ConfigureAwait(false) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Reads the records that count, but those of packs that are known: a listing, and what is new.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="known">Packs to leave out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<IReadOnlyDictionary<ObjectId, WrittenObject>> ReadAsync(
        OpenRepository repository, IReadOnlySet<ObjectId> known, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ObjectId, WrittenObject>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.VerifiedPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts)
                && parts.Kind == RepositoryNameKind.Verified
                && !known.Contains(parts.ObjectId)
                && !found.ContainsKey(parts.ObjectId)
                && await TryReadAsync(repository, entry.Name, parts.ObjectId, cancellationToken).ConfigureAwait(false) is { } pack)
            {
                found.Add(pack.Id, pack);
            }
        }

        return found;
    }

    /// <summary>Puts the record of a pack that was checked.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="signer">A key with any right.</param>
    /// <param name="pack">The pack.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    internal static async Task PutAsync(OpenRepository repository, RecordSigner signer, WrittenObject pack, CancellationToken cancellationToken)
    {
        byte[] hash = new byte[Digest.Size];
        pack.Hash.Write(hash);
        SignedRecord record = signer.Sign(
            RecordKind.Verified,
            new VerifiedBody { Object = pack.Id.ToString(), Set = pack.Set == BlockSet.Boot ? Boot : Data, Length = pack.Length, Hash = RecordHash.FromBytes(hash) },
            VerifiedJson.Default.VerifiedBody);
        await repository.Store.PutIfAbsentAsync(RepositoryNames.Verified(pack.Id, record.Id), record.Bytes, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<WrittenObject?> TryReadAsync(OpenRepository repository, BlobName name, ObjectId pack, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            if (record.Kind != RecordKind.Verified || !Counts(repository, record))
            {
                return null;
            }

            VerifiedBody body = record.ReadBody(VerifiedJson.Default.VerifiedBody);
            return ObjectId.TryParse(body.Object, out ObjectId id) && id == pack && body.Set is Boot or Data && body.Length > ObjectHeader.Size && !body.Hash.IsEmpty
                ? new WrittenObject(ObjectKind.Pack, body.Set is Boot ? BlockSet.Boot : BlockSet.Data, id, body.Length, Digest.Read(body.Hash.AsSpan()))
                : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // what is no record vouches for nothing; checks report it
        }
    }

    private static bool Counts(OpenRepository repository, SignedRecord record) =>
        record.RepositoryId == repository.Id
        && (repository.Trust.HasAnyRight(record.Signer) || Array.Exists(Rights, right => repository.Trust.HasRight(record.Signer, right, record: record.Hash)))
        && record.IsSignedBy(repository.Trust.FindSigner(record.Signer)!.Key);
}
