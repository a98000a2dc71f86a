using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>What a lease looks after: objects of others that its manifest will name. Adding an object and looking after them never overlap: the lease sees to that.</summary>
/// <remarks>FORMAT.md, section 13, steps 3 and 4 of a writer.</remarks>
internal sealed class LeaseReliance
{
    // Longer objects are not written: packs close at 64 MiB, a frame or node may follow.
    private const int MaximumObjectSize = 80 << 20;

    private readonly IBlobStore store;
    private readonly RecordId lease;
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectId, WrittenObject> items = [];
    private readonly HashSet<ObjectId> renewed = [];
    private readonly List<Func<CancellationToken, IAsyncEnumerable<WrittenObject>>> parents = [];

    public LeaseReliance(IBlobStore store, RecordId lease)
    {
        this.store = store;
        this.lease = lease;
    }

    public void AddParent(Func<CancellationToken, IAsyncEnumerable<WrittenObject>> needed)
    {
        lock (gate)
        {
            parents.Add(needed);
        }
    }

    public async Task<bool> TryAddAsync(WrittenObject item, CondemnedLists condemned, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (items.ContainsKey(item.Id))
            {
                return true;
            }
        }

        if (!await HasFreeCopyAsync(item, condemned, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        lock (gate)
        {
            items.TryAdd(item.Id, item);
        }

        return true;
    }

    /// <summary>Puts anew, as this lease's own copies, whatever is relied on and of which only condemned copies stand.</summary>
    public async Task RestoreAsync(CondemnedLists condemned, CancellationToken cancellationToken)
    {
        var named = new HashSet<ObjectId>();
        foreach (BlobName name in condemned.Lists.SelectMany(list => list.Objects))
        {
            if (RepositoryNames.TryParse(name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.StoredObject)
            {
                named.Add(parts.ObjectId);
            }
        }

        if (named.Count == 0)
        {
            return;
        }

        foreach (WrittenObject item in await FindAsync(named, cancellationToken).ConfigureAwait(false))
        {
            if (!await HasFreeCopyAsync(item, condemned, cancellationToken).ConfigureAwait(false))
            {
                await PutAgainAsync(item, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<List<WrittenObject>> FindAsync(HashSet<ObjectId> named, CancellationToken cancellationToken)
    {
        Func<CancellationToken, IAsyncEnumerable<WrittenObject>>[] sources;
        var found = new Dictionary<ObjectId, WrittenObject>();
        lock (gate)
        {
            sources = [.. parents];
            foreach (WrittenObject item in items.Values.Where(item => named.Contains(item.Id)))
            {
                found.TryAdd(item.Id, item);
            }
        }

        foreach (Func<CancellationToken, IAsyncEnumerable<WrittenObject>> source in sources)
        {
            await foreach (WrittenObject item in source(cancellationToken).ConfigureAwait(false))
            {
                if (named.Contains(item.Id))
                {
                    found.TryAdd(item.Id, item);
                }
            }
        }

        return [.. found.Values.Where(item => !renewed.Contains(item.Id))];
    }

    private async Task<bool> HasFreeCopyAsync(WrittenObject item, CondemnedLists condemned, CancellationToken cancellationToken)
    {
        string prefix = RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id);
        await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Length == item.Length && !condemned.Contains(entry.Name))
            {
                return true;
            }
        }

        return false;
    }

    private async Task PutAgainAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        string prefix = RepositoryNames.ObjectCopyPrefix(item.Kind, item.Set, item.Id);
        var copies = new List<BlobName>();
        await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            copies.Add(entry.Name);
        }

        foreach (BlobName copy in copies)
        {
            byte[]? content = await store.TryReadAllAsync(copy, MaximumObjectSize, cancellationToken).ConfigureAwait(false);
            if (content is null || content.Length != item.Length || Digest.Of(content) != item.Hash)
            {
                continue;
            }

            BlobName own = RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, lease);
            await store.PutIfAbsentAsync(own, content, cancellationToken).ConfigureAwait(false);
            renewed.Add(item.Id);
            return;
        }

        throw new RepositoryLockedException(
            "ReliedOnCollected",
            ErrorKind.Locked,
            $"Failed to go on in '{store.Location}': '{prefix}0' was collected while this command was about to rely on it.",
            "Run the command again; nothing that was committed is lost.",
            prefix + "0",
            isTransient: true);
    }
}
