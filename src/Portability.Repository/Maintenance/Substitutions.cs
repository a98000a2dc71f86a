using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>Reads the substitutions of a store that count.</summary>
/// <remarks>FORMAT.md, section 16.</remarks>
public static class Substitutions
{
    private const int MaximumSize = 65 << 20;
    private const string Boot = "boot", Data = "data";

    /// <summary>Reads all that count.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="known">Those of an earlier look: records never change.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<IReadOnlyList<Substitution>> ReadAsync(
        OpenRepository repository, IReadOnlyList<Substitution> known, CancellationToken cancellationToken)
    {
        Dictionary<BlobName, Substitution> before = known.ToDictionary(item => item.Name);
        var names = new List<(BlobName Name, ObjectId Pack)>();
        await foreach (BlobEntry entry in repository.Store.ListAsync(RepositoryNames.SubstitutionPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Substitution)
            {
                names.Add((entry.Name, parts.ObjectId));
            }
        }

        if (names.Exists(item => !before.ContainsKey(item.Name)))
        {
            // Its signer may have been admitted after the trust chain was read here: not to heed it would take away its pack.
            await repository.RefreshTrustAsync(cancellationToken).ConfigureAwait(false);
        }

        var found = new List<Substitution>();
        foreach ((BlobName name, ObjectId pack) in names)
        {
            Substitution? item = before.GetValueOrDefault(name) ?? await TryReadAsync(repository, name, pack, cancellationToken).ConfigureAwait(false);
            if (item is not null)
            {
                found.Add(item);
            }
        }

        return found;
    }

    /// <summary>Looks which of the new packs are there, and makes a map.</summary>
    internal static async Task<SubstitutionMap> MapAsync(IBlobStore store, IReadOnlyList<Substitution> all, CancellationToken cancellationToken)
    {
        var there = new HashSet<ObjectId>();
        foreach (Substitution item in all)
        {
            if (await ObjectCopies.HasGoodAsync(store, item.New, CondemnedLists.None, cancellationToken).ConfigureAwait(false))
            {
                there.Add(item.New.Id);
            }
        }

        return new SubstitutionMap(all, there);
    }

    /// <summary>Signs a substitution. What was signed once is put again on a retry.</summary>
    internal static SignedRecord Sign(RecordSigner signer, WrittenObject pack, IEnumerable<ObjectId> old, IEnumerable<RecordHash> completeFor)
    {
        byte[] hash = new byte[Digest.Size];
        pack.Hash.Write(hash);
        return signer.Sign(
            RecordKind.Substitution,
            new SubstitutionBody
            {
                New = new SubstitutionPackBody { Object = pack.Id.ToString(), Set = pack.Set == BlockSet.Boot ? Boot : Data, Length = pack.Length, Hash = RecordHash.FromBytes(hash) },
                Old = [.. old.Select(id => id.ToString())],
                CompleteFor = [.. completeFor],
            },
            MaintenanceJson.Default.SubstitutionBody);
    }

    // Null for a void, for what is gone, and for what does not count.
    private static async Task<Substitution?> TryReadAsync(OpenRepository repository, BlobName name, ObjectId pack, CancellationToken cancellationToken)
    {
        byte[]? bytes = await repository.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
        if (bytes is null)
        {
            return null;
        }

        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            if (record.Kind != RecordKind.Substitution || !repository.Trust.Counts(record, SignerRights.Compact))
            {
                return null;
            }

            SubstitutionBody body = record.ReadBody(MaintenanceJson.Default.SubstitutionBody);
            var old = new HashSet<ObjectId>();
            foreach (string text in body.Old)
            {
                if (!ObjectId.TryParse(text, out ObjectId id) || !old.Add(id))
                {
                    return null;
                }
            }

            return ObjectId.TryParse(body.New.Object, out ObjectId made) && made == pack && !old.Contains(made) && body.New.Set is Boot or Data && body.New.Length > 0 && !body.New.Hash.IsEmpty
                ? new Substitution(
                    name,
                    new WrittenObject(ObjectKind.Pack, body.New.Set is Boot ? BlockSet.Boot : BlockSet.Data, made, body.New.Length, Digest.Read(body.New.Hash.AsSpan())),
                    old,
                    body.CompleteFor.Where(hash => !hash.IsEmpty).ToHashSet())
                : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            return null; // what is no substitution substitutes nothing; checks report it
        }
    }
}
