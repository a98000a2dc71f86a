using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Leases;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Repository.Snapshots;

namespace Portability.Repository.Tests.Histories;

/// <summary>
/// A capture of one workload on one thread: a disk of two blocks, of which the first is the one that all share and the second is new. The
/// same steps, in the same order, over the same types as the real one; only its workers are left out.
/// </summary>
internal sealed class HistoryCapture(HistoryTemplate template, OpenRepository repository, Guid workload)
{
    private const long Length = 2 * HistoryTemplate.BlockSize;

    private readonly ObjectScope scope = new()
    {
        Repository = repository.Id,
        BlockSize = HistoryTemplate.BlockSize,
        Objects = new StoredObjects(repository.Store),
        Keyring = repository.RequireKeyring(),
    };

    /// <summary>The snapshot that was reported as committed, or null.</summary>
    public SnapshotManifest? Committed { get; private set; }

    /// <summary>What its second block holds.</summary>
    public byte[] Content { get; } = repository.Random.NextBytes(HistoryTemplate.BlockSize);

    /// <summary>The pack that the first block was found in or put to.</summary>
    public WrittenObject SharedPack { get; private set; } = template.SharedPack;

    /// <summary>Known as soon as the capture begins, so that a snapshot that was put by a writer that died can be checked too.</summary>
    public Guid Snapshot { get; } = repository.Random.NextGuid();

    public async Task RunAsync()
    {
        SnapshotSequence before = await SnapshotSequence.ReadAsync(repository, workload, CancellationToken.None);
        BlobName name = RepositoryNames.Manifest(workload, before.Next);
        using WriterLease lease = await WriterLease.OpenAsync(
            repository, repository.Signer!, new LeaseRequest { Kind = LeaseKind.Capture, Takes = name }, CancellationToken.None);
        var beating = new HistoryBeats(repository, lease);
        try
        {
            SnapshotSequence after = await SnapshotSequence.ReadAsync(repository, workload, CancellationToken.None);
            if (after.Highest == before.Highest)
            {
                await CaptureAsync(lease, beating, before.Next, await ParentAsync(after));
            }
        }
        catch (IntegrityException)
        {
            await lease.BeatAsync(CancellationToken.None); // who was shut out may find anything gone; who was not, must not
            throw;
        }

        await lease.EndAsync(CancellationToken.None);
    }

    private async Task<SignedRecord?> ParentAsync(SnapshotSequence sequence)
    {
        foreach ((_, BlobName name) in sequence.Names.Reverse())
        {
            byte[]? bytes = await repository.Store.TryReadAllAsync(name, 1 << 20, CancellationToken.None);
            if (bytes is not null && SignedRecord.Parse(bytes, name.Value) is { Kind: RecordKind.Manifest } record)
            {
                return record;
            }
        }

        return null;
    }

    private async Task CaptureAsync(WriterLease lease, HistoryBeats beats, long number, SignedRecord? parentRecord)
    {
        SnapshotManifest? parent = parentRecord is null ? null : SnapshotManifest.Read(parentRecord);
        ReferenceTree? before = parent?.References is { } root ? new ReferenceTree(scope.Objects, scope.Repository, root) : null;
        if (before is not null)
        {
            await lease.RelyOnAsync(before, CancellationToken.None);
        }

        using var nodes = new MapNodeSource(scope);
        using var maps = new MapWriter(scope, BlockSet.Data, lease.Id, repository.Random);
        SnapshotDisk? disk = parent?.Disks[0];
        BlockMapUpdate map = await BlockMapUpdate.OpenAsync(nodes, maps, BlockSet.Data, disk?.Root, disk?.Levels ?? 1, 2, CancellationToken.None);
        var written = new List<WrittenObject>();
        if (disk is null)
        {
            await AddSharedAsync(lease, map, written);
            await beats.WorkAsync(1);
        }

        WrittenObject pack = await PutPackAsync(lease, Content);
        written.Add(pack);
        await map.SetAsync(1, new BlockLocation(Name(Content), pack.Id), CancellationToken.None);
        await beats.WorkAsync(repository.Random.NextInt32(4));
        MapNodeReference? top = await map.CompleteAsync(CancellationToken.None);
        foreach (WrittenObject item in await maps.CompleteAsync(CancellationToken.None))
        {
            lease.NoteOwn(item.Id);
            written.Add(item);
        }

        ReferenceTreeWriter tree = await ReferenceTreeWriter.OpenAsync(scope.Objects, scope.Repository, lease.Id, repository.Random, before, CancellationToken.None);
        written.ForEach(item => tree.Add(item));
        ReferenceRoot references = await tree.CompleteAsync(CancellationToken.None);
        await beats.WorkAsync(repository.Random.NextInt32(2));
        var manifest = new SnapshotManifest
        {
            Workload = workload,
            Name = "w",
            Number = number,
            Snapshot = Snapshot,
            Created = new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            ParentNumber = parent?.Number ?? 0,
            ParentSnapshot = parent?.Snapshot,
            ParentHash = parentRecord?.Hash ?? default,
            Trust = repository.Trust.Number,
            HomeInstance = repository.Instance!.Id,
            Lease = lease.Id,
            LogicalBytes = Length,
            ChangedBytes = HistoryTemplate.BlockSize,
            StoredBytes = written.Sum(item => item.Length),
            Disks = [new SnapshotDisk { Number = 0, Set = BlockSet.Data, Length = Length, Levels = map.Levels, Root = top }],
            References = references,
        };
        SignedRecord record = manifest.Sign(repository.Signer!, scope.Keyring, new SnapshotDetails { Machine = new MachineDefinition(), Disks = [] });
        await SnapshotCommit.CommitAsync(repository, lease, manifest, record, CancellationToken.None);
        Committed = manifest;
    }

    private async Task AddSharedAsync(WriterLease lease, BlockMapUpdate map, List<WrittenObject> written)
    {
        if (SharedPack.Length == 0 || !await lease.TryRelyAsync(SharedPack, CancellationToken.None))
        {
            SharedPack = await PutPackAsync(lease, template.Shared);
        }

        written.Add(SharedPack);
        await map.SetAsync(0, new BlockLocation(Name(template.Shared), SharedPack.Id), CancellationToken.None);
    }

    private BlockId Name(byte[] block)
    {
        using ContentIdHasher hasher = scope.Hasher(BlockSet.Data);
        byte[] id = new byte[BlockId.Size];
        hasher.Compute(block, id);
        return BlockId.Read(id);
    }

    private async Task<WrittenObject> PutPackAsync(WriterLease lease, byte[] block)
    {
        ObjectHeader header = scope.NewHeader(ObjectKind.Pack, BlockSet.Data, lease.Id, repository.Random);
        using var pack = new OpenPack(scope, header, new byte[2 * HistoryTemplate.BlockSize]);
        byte[] text = new byte[block.Length + FrameCodec.HeaderSize];
        int length = scope.Codec.Encode(block, block.Length, text);
        Assert(pack.TryTake(length, [Name(block)], out int number, out FramePlace place));
        pack.Seal(number, place, text.AsSpan(0, length));
        pack.Close();
        ReadOnlyMemory<byte> content = pack.Finish();
        await scope.Objects.PutAsync(ObjectKind.Pack, BlockSet.Data, header.Id, content, CancellationToken.None);
        lease.NoteOwn(header.Id);
        return new WrittenObject(ObjectKind.Pack, BlockSet.Data, header.Id, content.Length, Digest.Of(content.Span));
    }

    private static void Assert(bool holds)
    {
        if (!holds)
        {
            throw new InvalidOperationException("The pack has no room.");
        }
    }
}
