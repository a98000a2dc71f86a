using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class ComparisonTests : IDisposable
{
    private const int Block = 64 << 10;

    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Extents_tell_what_became_of_each_range()
    {
        byte[] first = new byte[64 * Block];
        new Random(1).NextBytes(first.AsSpan(0, 32 * Block));
        byte[] second = first.ToArray();
        second[(3 * Block) + 5] ^= 1;
        second[4 * Block] ^= 1;
        second.AsSpan(10 * Block, 2 * Block).Clear();
        second[40 * Block] = 7;
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot before = await CaptureAsync(connection, first);
        WorkloadSnapshot after = await CaptureAsync(connection, second);
        Assert.Equal(
            [
                (3L * Block, 2L * Block, DifferenceKind.Changed),
                (10L * Block, 2L * Block, DifferenceKind.Zeroed),
                (40L * Block, (long)Block, DifferenceKind.Added),
            ],
            await CompareAsync(connection, before, after));
        Assert.Empty(await CompareAsync(connection, after, after));
    }

    [Fact]
    public async Task A_random_change_is_found_exactly()
    {
        byte[] first = SparseContent.Make(2, 10_000_384);
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot before = await CaptureAsync(connection, first);
        byte[] second = SparseContent.Make(3, first.Length);
        first.AsSpan(0, 5_000_000).CopyTo(second);
        WorkloadSnapshot after = await CaptureAsync(connection, second);
        var expected = new HashSet<long>();
        for (int at = 0; at < first.Length; at += Block)
        {
            int length = Math.Min(Block, first.Length - at);
            if (!first.AsSpan(at, length).SequenceEqual(second.AsSpan(at, length)))
            {
                expected.Add(at);
            }
        }

        List<(long Offset, long Length, DifferenceKind Kind)> found = await CompareAsync(connection, before, after);
        IEnumerable<long> blocks = found.SelectMany(extent => Enumerable.Range(0, (int)((extent.Length + Block - 1) / Block)).Select(i => extent.Offset + (i * Block)));
        Assert.Equal(expected.Order(), blocks);
    }

    [Fact]
    public async Task What_one_disk_is_longer_by_is_told_apart()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        WorkloadSnapshot before = await CaptureAsync(connection, new byte[4 * Block]);
        WorkloadSnapshot after = await CaptureAsync(connection, [.. new byte[4 * Block], .. Enumerable.Repeat((byte)1, 2 * Block)]);
        Assert.Equal([(4L * Block, 2L * Block, DifferenceKind.Resized)], await CompareAsync(connection, before, after));
        Assert.Equal([(4L * Block, 2L * Block, DifferenceKind.Resized)], await CompareAsync(connection, after, before));
    }

    private async Task<List<(long Offset, long Length, DifferenceKind Kind)>> CompareAsync(
        RepositoryConnection connection, WorkloadSnapshot before, WorkloadSnapshot after) =>
        await facade.CompareAsync(connection, new CompareOptions { Reference = before, Difference = after }, fixture.Observer, CancellationToken.None)
            .Select(extent => (extent.Offset, extent.Length, extent.Kind))
            .ToListAsync();

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File("web01.img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
