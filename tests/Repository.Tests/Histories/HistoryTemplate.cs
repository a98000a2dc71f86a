using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Objects;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Snapshots;
using Portability.Repository.Tests.Repositories;

namespace Portability.Repository.Tests.Histories;

/// <summary>
/// What every history begins with, made once: a store with a snapshot each of two workloads that share a block, and beside it the origin of a
/// third workload, whose snapshots share that block too. Keys are made once and never released: making them costs more than a history. One
/// history at a time.
/// </summary>
internal sealed class HistoryTemplate
{
    public const int BlockSize = 4096;

    private readonly TestRepository made;
    private readonly Keyring keyring;
    private readonly MemoryBlobStore store;

    private HistoryTemplate(TestRepository made, MemoryBlobStore store, MemoryBlobStore origin)
    {
        this.made = made;
        this.store = store;
        Origin = origin;
        keyring = KeyringOpener.TryOpen(made.Trust, made.Trust.Recipients.Single().Id, made.Recipient)!;
        Shared = Fill(0x5A);
    }

    public static Guid Mirrored { get; } = new("6b1f0000-0000-4000-8000-0000000000f3");

    public static Guid First { get; } = new("6b1f0000-0000-4000-8000-0000000000f1");

    public static Guid Second { get; } = new("6b1f0000-0000-4000-8000-0000000000f2");

    public static Guid Third { get; } = new("6b1f0000-0000-4000-8000-0000000000f4");

    /// <summary>Where the third workload was captured.</summary>
    public MemoryBlobStore Origin { get; }

    /// <summary>The block that all snapshots share.</summary>
    public byte[] Shared { get; }

    /// <summary>The pack that holds it.</summary>
    public WrittenObject SharedPack { get; private set; }

    /// <summary>What the second block of each snapshot holds.</summary>
    public Dictionary<Guid, byte[]> Expected { get; } = [];

    public static async Task<HistoryTemplate> CreateAsync()
    {
        var store = new MemoryBlobStore();
        var origin = new MemoryBlobStore();
        TestRepository made = await TestRepository.CreateAsync(store, BlockSize, random: new SeededRandomSource(7));
        await CopyAsync(store, origin);
        var template = new HistoryTemplate(made, store, origin);
        CaptureAll(template, store, [First]);
        await CopyAsync(store, origin, RepositoryNames.PackPrefix);
        CaptureAll(template, store, [Second]);
        CaptureAll(template, origin, [Mirrored, Mirrored]);
        return template;
    }

    /// <summary>The store of a new history.</summary>
    public MemoryBlobStore NewStore() => new(store);

    /// <summary>A view of one actor. It is not to be disposed: the keys are shared.</summary>
    public OpenRepository Open(IBlobStore view, TimeProvider time, ulong seed) => new(
        view, made.Configuration, made.Trust, time, new SeededRandomSource(seed), keyring, made.Member, made.Instance, made.ReceiptKey);

    /// <summary>A block of one value.</summary>
    public static byte[] Fill(byte value)
    {
        byte[] block = new byte[BlockSize];
        block.AsSpan().Fill(value);
        return block;
    }

    private static void CaptureAll(HistoryTemplate template, MemoryBlobStore to, Guid[] workloads)
    {
        foreach (Guid workload in workloads)
        {
            var scheduler = new StoreScheduler(new SeededSchedule(0));
            OpenRepository repository = template.Open(scheduler.Attach("writer", to), scheduler.Clock, (ulong)template.Expected.Count + 1);
            var capture = new HistoryCapture(template, repository, workload);
            scheduler.Start("writer", capture.RunAsync);
            scheduler.Run(1000);
            SnapshotManifest committed = capture.Committed ?? throw new InvalidOperationException("The template could not be made.", scheduler.TaskOf("writer").Exception);
            template.Expected[committed.Snapshot] = capture.Content;
            template.SharedPack = capture.SharedPack;
        }
    }

    private static async Task CopyAsync(MemoryBlobStore from, MemoryBlobStore to, string prefix = "")
    {
        await foreach (BlobEntry entry in from.ListAsync(prefix, CancellationToken.None))
        {
            await to.PutIfAbsentAsync(entry.Name, await from.ReadAllAsync(entry.Name, int.MaxValue, CancellationToken.None), CancellationToken.None);
        }
    }
}
