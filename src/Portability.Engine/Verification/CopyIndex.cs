using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Engine.Verification;

/// <summary>Every copy of every object that a store lists.</summary>
/// <remarks>FORMAT.md, section 3.</remarks>
internal sealed class CopyIndex
{
    private static readonly BlobEntry[] None = [];
    private readonly Dictionary<(ObjectKind Kind, BlockSet Set, ObjectId Id), BlobEntry[]> copies = [];

    /// <summary>The objects that are there, each with its copies.</summary>
    public IEnumerable<KeyValuePair<(ObjectKind Kind, BlockSet Set, ObjectId Id), BlobEntry[]>> All => copies;

    /// <summary>Lists a store.</summary>
    /// <param name="store">Store.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The index.</returns>
    public static async Task<CopyIndex> ReadAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        var index = new CopyIndex();
        string[] prefixes = [RepositoryNames.PackPrefix, RepositoryNames.MapPrefix, RepositoryNames.ReferencePrefix, RepositoryNames.LocationPrefix];
        foreach (string prefix in prefixes)
        {
            await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject)
                {
                    (ObjectKind, BlockSet, ObjectId) key = Key(parts.ObjectKind, parts.Set, parts.ObjectId);
                    index.copies[key] = [.. index.copies.GetValueOrDefault(key, None), entry];
                }
            }
        }

        return index;
    }

    /// <summary>Copies of an object.</summary>
    /// <param name="kind">Kind.</param>
    /// <param name="set">Set.</param>
    /// <param name="id">Object id.</param>
    /// <returns>Copies in the order of their names; empty when there is none.</returns>
    public BlobEntry[] Find(ObjectKind kind, BlockSet set, ObjectId id) => copies.GetValueOrDefault(Key(kind, set, id), None);

    // Only a pack's name says its set.
    private static (ObjectKind Kind, BlockSet Set, ObjectId Id) Key(ObjectKind kind, BlockSet set, ObjectId id) =>
        (kind, kind == ObjectKind.Pack ? set : BlockSet.None, id);
}
