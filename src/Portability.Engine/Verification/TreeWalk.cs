using System.Runtime.CompilerServices;
using Portability.Engine.Snapshots.Catalog;
using Portability.Repository.Objects;
using Portability.Repository.References;

namespace Portability.Engine.Verification;

/// <summary>Names every object that a snapshot needs, and goes on behind parts of its reference tree that do not read.</summary>
/// <remarks>FORMAT.md, section 11.</remarks>
internal static class TreeWalk
{
    private const int LeafEntries = 32;

    // A tree of which so many leaves in a row do not read is given up.
    private const int MaximumFailures = 4096;

    /// <summary>Lists the objects.</summary>
    /// <param name="objects">Objects of the store.</param>
    /// <param name="repository">Repository id.</param>
    /// <param name="entry">Snapshot.</param>
    /// <param name="onDamage">Told of each part that does not read; null to pass over them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The objects, the holder of the tree first.</returns>
    public static async IAsyncEnumerable<WrittenObject> ObjectsAsync(
        StoredObjects objects, Guid repository, CatalogEntry entry, Action<PortabilityException>? onDamage, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (entry.Manifest.References is not { } root)
        {
            yield break;
        }

        yield return root.Holder;
        if (TryOpen(objects, repository, root, onDamage) is not { } tree)
        {
            yield break;
        }

        int failures = 0;
        for (long index = 0; index < root.Count && failures < MaximumFailures;)
        {
            WrittenObject? item = null;
            bool read = false;
            try
            {
                item = await tree.EntryAsync(index, cancellationToken).ConfigureAwait(false);
                read = true;
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                onDamage?.Invoke(exception);
            }

            if (item is { } needed)
            {
                yield return needed;
            }

            failures = read ? 0 : failures + 1;
            index = read ? index + 1 : ((index / LeafEntries) + 1) * LeafEntries;
        }
    }

    private static ReferenceTree? TryOpen(StoredObjects objects, Guid repository, ReferenceRoot root, Action<PortabilityException>? onDamage)
    {
        try
        {
            return new ReferenceTree(objects, repository, root);
        }
        catch (InvalidFormatException exception)
        {
            onDamage?.Invoke(exception);
            return null;
        }
    }
}
