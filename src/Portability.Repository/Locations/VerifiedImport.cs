using Portability.Repository.Objects;
using Portability.Repository.Packs;

namespace Portability.Repository.Locations;

/// <summary>Tells the local index of packs that others wrote and a key holder has checked, or that a compaction made.</summary>
/// <remarks>FORMAT.md, section 12.</remarks>
public static class VerifiedImport
{
    // Each entry takes some 24 bytes until it is in the index.
    private const int MaximumEntries = 1 << 18;

    /// <summary>Packs that were added before.</summary>
    /// <param name="index">The index of a set.</param>
    public static IReadOnlySet<ObjectId> Known(LocationIndex index) => index.ReadImported();

    /// <summary>Adds the blocks of packs that were not added before.</summary>
    /// <param name="scope">Opens packs.</param>
    /// <param name="index">The index of their set.</param>
    /// <param name="set">The set.</param>
    /// <param name="packs">The packs.</param>
    /// <param name="cancellationToken">Gives up; what was added stays.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task RunAsync(ObjectScope scope, LocationIndex index, BlockSet set, IEnumerable<WrittenObject> packs, CancellationToken cancellationToken)
    {
        HashSet<ObjectId> known = index.ReadImported();
        var entries = new List<(IndexKey Key, int Pack)>();
        var added = new List<PackHint>();
        foreach (WrittenObject pack in packs.Where(pack => pack.Set == set && !known.Contains(pack.Id)))
        {
            try
            {
                using PackReader reader = await PackReader.OpenAsync(scope, set, pack.Id, cancellationToken).ConfigureAwait(false);
                foreach (BlockId id in reader.Directory.Blocks)
                {
                    entries.Add((IndexKey.Of(id), added.Count));
                }

                added.Add(new PackHint(pack.Id, Guid.Empty, -1));
            }
            catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
            {
                continue; // gone or damaged: nobody relies on it
            }

            if (entries.Count >= MaximumEntries)
            {
                Flush(index, entries, added);
            }
        }

        Flush(index, entries, added);
    }

    private static void Flush(LocationIndex index, List<(IndexKey Key, int Pack)> entries, List<PackHint> added)
    {
        if (added.Count > 0)
        {
            entries.Sort(static (left, right) => left.Key.Order(right.Key));
            index.Add(entries.Count, entries, added);
            index.NoteImported(added.Select(hint => hint.Pack));
            entries.Clear();
            added.Clear();
        }
    }
}
