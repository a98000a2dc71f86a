using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;

namespace Portability.Repository.Maintenance;

/// <summary>
/// What a writer relies on of an earlier snapshot: its reference tree as it is, or, where substitutions took the place of packs, what is left of
/// it and the packs that came in their place. Immutable.
/// </summary>
/// <remarks>FORMAT.md, sections 13 ("A writer", 3) and 16.</remarks>
public sealed class FollowedTree
{
    private readonly ReferenceTree tree;
    private readonly IReadOnlyList<Substitution> followed;

    private FollowedTree(ReferenceTree tree, IReadOnlyList<Substitution> followed, IReadOnlySet<ObjectId> replaced, IReadOnlyList<WrittenObject?>? entries)
    {
        this.tree = tree;
        this.followed = followed;
        Replaced = replaced;
        Entries = entries;
    }

    /// <summary>Packs that the tree names and that others took the place of: the store need not have them any more.</summary>
    public IReadOnlySet<ObjectId> Replaced { get; }

    /// <summary>All entries for a tree that continues this one, those given up as null, each at its index, then the packs in their place; null if the tree can be continued as it is.</summary>
    public IReadOnlyList<WrittenObject?>? Entries { get; }

    /// <summary>Lists what is relied on.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A node is damaged or gone.</exception>
    public IAsyncEnumerable<WrittenObject> ObjectsAsync(CancellationToken cancellationToken) => Entries is null
        ? tree.EntriesAsync(0, cancellationToken)
        : Entries.OfType<WrittenObject>().ToAsyncEnumerable();

    /// <summary>Reads which substitutions a snapshot follows.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="tree">Its reference tree.</param>
    /// <param name="manifest">Hash of its manifest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">The store failed, or the tree is damaged.</exception>
    public static async Task<FollowedTree> ReadAsync(OpenRepository repository, ReferenceTree tree, RecordHash manifest, CancellationToken cancellationToken)
    {
        Substitution[] own = await ReadOwnAsync(repository, [], manifest, cancellationToken).ConfigureAwait(false);
        if (own.Length == 0)
        {
            return new FollowedTree(tree, own, new HashSet<ObjectId>(), null);
        }

        SubstitutionMap map = await Substitutions.MapAsync(repository.Store, own, cancellationToken).ConfigureAwait(false);
        var entries = new List<WrittenObject?>();
        var replaced = new HashSet<ObjectId>();
        var added = new Dictionary<ObjectId, WrittenObject>();
        for (long index = 0; index < tree.Root.Count; index++)
        {
            WrittenObject? entry = await tree.EntryAsync(index, cancellationToken).ConfigureAwait(false);
            if (entry is { Kind: ObjectKind.Pack } pack && map.FindSubstitute(pack.Id, manifest) is { } substitute)
            {
                added.TryAdd(substitute.Id, substitute);
                replaced.Add(pack.Id);
                entry = null;
            }

            entries.Add(entry is { Kind: ObjectKind.Reference } ? null : entry); // all nodes are written anew
        }

        if (replaced.Count == 0)
        {
            return new FollowedTree(tree, own, replaced, null);
        }

        HashSet<ObjectId> there = [.. entries.Where(entry => entry is not null).Select(entry => entry!.Value.Id)];
        entries.AddRange(added.Values.Where(item => !there.Contains(item.Id)).OrderBy(item => item.Id).Select(item => (WrittenObject?)item));
        return new FollowedTree(tree, own, replaced, entries);
    }

    /// <summary>
    /// Relies on it under a lease, and only then looks whether a compaction was ready meanwhile: one whose packs the lease has not kept from it put its
    /// substitution before it swept them.
    /// </summary>
    /// <param name="repository">The repository.</param>
    /// <param name="lease">The lease; after it was put the snapshot was seen to stand.</param>
    /// <param name="manifest">Hash of the snapshot's manifest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What is relied on: this, or what took its place.</returns>
    /// <exception cref="PortabilityException">The store failed, or what the snapshot needs is gone.</exception>
    public async Task<FollowedTree> RelyOnAsync(OpenRepository repository, WriterLease lease, RecordHash manifest, CancellationToken cancellationToken)
    {
        FollowedTree relied = this;
        while (true)
        {
            IntegrityException? gone = null;
            try
            {
                await relied.RelyOnAsync(lease, cancellationToken).ConfigureAwait(false);
            }
            catch (IntegrityException exception) when (exception.ErrorId is "ObjectMissing")
            {
                gone = exception;
            }

            Substitution[] own = await ReadOwnAsync(repository, relied.followed, manifest, cancellationToken).ConfigureAwait(false);
            if (own.Select(item => item.Name).ToHashSet().SetEquals(relied.followed.Select(item => item.Name)))
            {
                return gone is null ? relied : throw gone;
            }

            relied = await ReadAsync(repository, tree, manifest, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Substitution[]> ReadOwnAsync(
        OpenRepository repository, IReadOnlyList<Substitution> known, RecordHash manifest, CancellationToken cancellationToken)
    {
        IReadOnlyList<Substitution> all = await Substitutions.ReadAsync(repository, known, cancellationToken).ConfigureAwait(false);
        return [.. all.Where(item => item.CompleteFor.Contains(manifest))];
    }

    private Task RelyOnAsync(WriterLease lease, CancellationToken cancellationToken) => Entries is null
        ? lease.RelyOnAsync(tree, cancellationToken)
        : lease.RelyOnAsync([.. Entries.OfType<WrittenObject>()], cancellationToken);
}
