using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Tests.Histories;

/// <summary>Brings all snapshots of a workload from their origin under one lease that takes one name after the other.</summary>
internal sealed class HistorySync(OpenRepository repository, IBlobStore origin, Guid workload)
{
    /// <summary>Manifests that were reported as brought.</summary>
    public List<SnapshotManifest> Committed { get; } = [];

    public async Task RunAsync()
    {
        using WriterLease lease = await WriterLease.OpenAsync(
            repository, repository.Signer!, new LeaseRequest { Kind = LeaseKind.Sync }, CancellationToken.None);
        var beats = new HistoryBeats(repository, lease);
        try
        {
            for (long number = 1; await origin.TryReadAllAsync(RepositoryNames.Manifest(workload, number), 1 << 20, CancellationToken.None) is { } bytes; number++)
            {
                SnapshotSequence there = await SnapshotSequence.ReadAsync(repository, workload, CancellationToken.None);
                if (there.FindTombstone(number) is null)
                {
                    await BringAsync(lease, beats, SignedRecord.Parse(bytes));
                }
            }
        }
        catch (IntegrityException)
        {
            await lease.BeatAsync(CancellationToken.None); // who was shut out may find anything gone; who was not, must not
            throw;
        }

        await lease.EndAsync(CancellationToken.None);
    }

    private async Task BringAsync(WriterLease lease, HistoryBeats beats, SignedRecord record)
    {
        SnapshotManifest manifest = SnapshotManifest.Read(record);
        var tree = new ReferenceTree(new StoredObjects(origin), repository.Id, manifest.References!);
        await EnsureAsync(lease, tree.Root.Holder);
        await foreach (WrittenObject item in tree.EntriesAsync(0, CancellationToken.None))
        {
            await EnsureAsync(lease, item);
        }

        await beats.WorkAsync(repository.Random.NextInt32(3));
        BlobName plain = RepositoryNames.Manifest(workload, manifest.Number);
        if (!await PutAsync(lease, plain, record) && !await PutAsync(lease, RepositoryNames.Manifest(workload, manifest.Number, lease.Id), record))
        {
            throw LeaseErrors.ShutOut(lease.Id, repository.Store.Location);
        }

        Committed.Add(manifest);
    }

    private async Task<bool> PutAsync(WriterLease lease, BlobName name, SignedRecord record)
    {
        await lease.PrepareCommitAsync(name, CancellationToken.None);
        return await repository.Store.PutIfAbsentAsync(name, record.Bytes, CancellationToken.None) == PutResult.Created
            || RecordHash.Of(await repository.Store.ReadAllAsync(name, 1 << 20, CancellationToken.None)) == record.Hash;
    }

    private async Task EnsureAsync(WriterLease lease, WrittenObject item)
    {
        if (!await lease.TryRelyAsync(item, CancellationToken.None))
        {
            byte[] bytes = await origin.ReadAllAsync(RepositoryNames.StoredObject(item.Kind, item.Set, item.Id), int.MaxValue, CancellationToken.None);
            await repository.Store.PutIfAbsentAsync(RepositoryNames.StoredObject(item.Kind, item.Set, item.Id, lease.Id), bytes, CancellationToken.None);
            lease.NoteOwn(item.Id);
        }
    }
}
