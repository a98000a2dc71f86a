using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Tests.Histories;

/// <summary>Reads a snapshot under a pin.</summary>
internal sealed class HistoryReader(HistoryTemplate template, OpenRepository repository, IReadOnlyDictionary<Guid, byte[]> expected)
{
    /// <summary>True once a snapshot was read whole.</summary>
    public bool HasRead { get; private set; }

    public async Task RunAsync(Guid workload, long number)
    {
        byte[]? bytes = await repository.Store.TryReadAllAsync(RepositoryNames.Manifest(workload, number), 1 << 20, CancellationToken.None);
        if (bytes is null || SignedRecord.Parse(bytes) is not { Kind: RecordKind.Manifest } record)
        {
            return;
        }

        SnapshotManifest manifest = SnapshotManifest.Read(record);
        var request = new LeaseRequest { Kind = LeaseKind.Pin, Pins = [manifest.Snapshot] };
        using WriterLease lease = await WriterLease.OpenAsync(repository, repository.Signer!, request, CancellationToken.None);
        var beats = new HistoryBeats(repository, lease);
        try
        {
            await lease.RequireStandsAsync(new PinnedSnapshot(manifest.Workload, manifest.Number, manifest.Snapshot), CancellationToken.None);
            await ReadAsync(manifest, beats);
            HasRead = true;
        }
        catch (IntegrityException)
        {
            await lease.BeatAsync(CancellationToken.None); // its pin was ended, or else a snapshot is lost
            throw;
        }
        catch (RepositoryException exception) when (exception.ErrorId == "SnapshotRemoved")
        {
            // It was removed before the pin stood.
        }

        await lease.EndAsync(CancellationToken.None);
    }

    /// <summary>Reads a snapshot and compares it.</summary>
    public async Task ReadAsync(SnapshotManifest manifest, HistoryBeats? beats = null)
    {
        var scope = new ObjectScope
        {
            Repository = repository.Id,
            BlockSize = HistoryTemplate.BlockSize,
            Objects = new StoredObjects(repository.Store),
            Keyring = repository.RequireKeyring(),
        };
        using var blocks = new BlockReader(scope);
        using var nodes = new MapNodeSource(scope);
        var reader = new SnapshotReader(blocks, nodes, manifest);
        byte[] block = new byte[HistoryTemplate.BlockSize];
        await reader.ReadAsync(0, 0, block, CancellationToken.None);
        Require(block, template.Shared);
        if (beats is not null)
        {
            await beats.WorkAsync(repository.Random.NextInt32(3));
        }

        await reader.ReadAsync(0, block.Length, block, CancellationToken.None);
        Require(block, expected[manifest.Snapshot]);
    }

    private static void Require(byte[] found, byte[] wanted)
    {
        if (!found.AsSpan().SequenceEqual(wanted))
        {
            throw new InvalidOperationException("A block holds something else than was captured.");
        }
    }
}
