using BenchmarkDotNet.Attributes;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Benchmarks;

/// <summary>The map of a disk of 1 TiB with 16,384 stored blocks (1 GiB) in runs of 64, from a store in memory: all of it, and one block.</summary>
[MemoryDiagnoser]
public class MapBenchmarks
{
    private const int BlockSize = 64 << 10, Stored = 16_384, Run = 64;
    private const long BlockCount = (1L << 40) / BlockSize;

    private Keyring? keyring;
    private ObjectScope? scope;
    private MapNodeSource? warm;
    private MapNodeReference? root;
    private int levels;

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var random = new SeededRandomSource(1);
        var repository = random.NextGuid();
        keyring = Keyring.Create(repository, random);
        scope = new ObjectScope { Repository = repository, BlockSize = BlockSize, Objects = new StoredObjects(new MemoryBlobStore()), Keyring = keyring };
        warm = new MapNodeSource(scope);
        using var writer = new MapWriter(scope, BlockSet.Boot, RecordId.Draw(random), random);
        BlockMapUpdate update = await BlockMapUpdate.OpenAsync(warm, writer, BlockSet.Boot, null, 1, BlockCount, CancellationToken.None);
        var pack = ObjectId.Draw(random);
        byte[] id = new byte[BlockId.Size];
        for (long block = 0; block < Stored; block++)
        {
            random.Fill(id);
            await update.SetAsync((block / Run * (BlockCount / Stored * Run)) + (block % Run), new BlockLocation(BlockId.Read(id), pack), CancellationToken.None);
        }

        root = await update.CompleteAsync(CancellationToken.None);
        levels = update.Levels;
        await writer.CompleteAsync(CancellationToken.None);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        warm!.Dispose();
        keyring!.Dispose();
    }

    [Benchmark]
    public async Task<long> WalkCold()
    {
        using var nodes = new MapNodeSource(scope!);
        return await WalkAsync(nodes);
    }

    [Benchmark]
    public Task<long> WalkWarm() => WalkAsync(warm!);

    [Benchmark]
    public async Task<bool> FindWarm() => await Map(warm!).FindAsync(BlockCount / 2, CancellationToken.None) is not null;

    private BlockMap Map(MapNodeSource nodes) => new(nodes, BlockSet.Boot, root, levels, BlockCount);

    private async Task<long> WalkAsync(MapNodeSource nodes)
    {
        long sum = 0;
        await foreach ((long block, _) in Map(nodes).StoredAsync(0, BlockCount, CancellationToken.None))
        {
            sum += block;
        }

        return sum;
    }
}
