using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhd;
using Portability.Disks.Tests.Formats.Vhd;
using Portability.Disks.Tests.Formats.Vhdx;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Chains of differencing images, against what was written and against libvhdi.</summary>
public sealed class DifferencingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, int, int, int, bool> Kinds => new()
    {
        // libvhdi 20210425 takes the sectors behind a change as the child's up to the next multiple of eight in a VHD, and misplaces
        // the bitmaps of VHDX with sectors of 4096 bytes; so it is asked only where that does not matter.
        { "VHD", 512, 512 << 10, 8, true },
        { "VHD", 512, 2 << 20, 8, true },
        { "VHD", 512, 512 << 10, 1, false },
        { "VHD", 512, 2 << 20, 1, false },
        { "VHDX", 512, 1 << 20, 1, true },
        { "VHDX", 512, 4 << 20, 1, true },
        { "VHDX", 4096, 1 << 20, 1, false },
        { "VHDX", 4096, 8 << 20, 1, false },
    };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Reads_a_chain_of_three(string format, int sectorSize, int blockSize, int unit, bool asksLibvhdi)
    {
        List<ChildContent> layers = await WriteChainAsync(format, sectorSize, blockSize, 3, unit);
        string top = folder.File($"layer3.{format.ToLowerInvariant()}");
        await using (IDiskImage image = await OpenAsync(top))
        {
            Assert.Equal("Differencing", image.SubFormat);
            Assert.NotNull(image.Parent?.Parent?.Parent);
            Assert.Null(image.Parent.Parent.Parent.Parent);
            await CheckAsync(image, layers[^1].Content);
            await CheckOwnAsync(image, layers[^1]);
            await CheckOwnAsync(image.Parent, layers[^2]);
            await CheckAsync(image.Parent, layers[^2].Content);
        }

        if (asksLibvhdi)
        {
            using var mounted = new MountedDisk(top);
            Assert.Equal(layers[^1].Content.Length, layers[^1].Content.AsSpan().CommonPrefixLength(File.ReadAllBytes(mounted.Disk)));
        }
    }

    [Theory]
    [InlineData("VHD")]
    [InlineData("VHDX")]
    public async Task Finds_parents_that_were_moved(string format)
    {
        List<ChildContent> layers = await WriteChainAsync(format, 512, 1 << 20, 2);
        string extension = format.ToLowerInvariant();
        string away = Directory.CreateDirectory(folder.File("away")).FullName;
        foreach (int i in (int[])[0, 1])
        {
            File.Move(folder.File($"layer{i}.{extension}"), Path.Combine(away, $"renamed{i}.{extension}"));
        }

        string top = folder.File($"layer2.{extension}");
        StorageException missing = await Assert.ThrowsAsync<StorageException>(() => OpenAsync(top));
        Assert.Equal(("ParentNotFound", ErrorKind.NotFound), (missing.ErrorId, missing.Kind));
        Assert.Contains("-ParentPath", missing.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains($"layer1.{extension}", missing.Message, StringComparison.Ordinal);

        string[] files = [Path.Combine(away, $"renamed0.{extension}"), Path.Combine(away, $"renamed1.{extension}")];
        await using (IDiskImage image = await OpenAsync(top, new DiskOpenOptions { ParentPaths = files }))
        {
            await CheckAsync(image, layers[^1].Content);
        }

        File.Move(files[0], Path.Combine(away, $"layer0.{extension}"));
        File.Move(files[1], Path.Combine(away, $"layer1.{extension}"));
        await using (IDiskImage image = await OpenAsync(top, new DiskOpenOptions { ParentPaths = [away] }))
        {
            await CheckAsync(image, layers[^1].Content);
        }
    }

    [Theory]
    [InlineData("VHD")]
    [InlineData("VHDX")]
    public async Task Opens_a_child_without_its_parent(string format)
    {
        List<ChildContent> layers = await WriteChainAsync(format, 512, 1 << 20, 1);
        File.Delete(folder.File($"layer0.{format.ToLowerInvariant()}"));
        await using IDiskImage image = await OpenAsync(folder.File($"layer1.{format.ToLowerInvariant()}"), new DiskOpenOptions { OpenParents = false });
        Assert.Null(image.Parent);
        Assert.Contains("layer0", image.ParentLocator, StringComparison.Ordinal);
        Assert.NotNull(image.Identity.ParentId);
        await CheckOwnAsync(image, layers[^1]);
        int own = Array.IndexOf(layers[^1].Changed, true);
        byte[] sector = new byte[512];
        await image.ReadAsync(own * 512L, sector, Token);
        Assert.True(layers[^1].Sector(own).SequenceEqual(sector));
        StorageException error = await Assert.ThrowsAsync<StorageException>(async () => await image.ReadAsync(0, new byte[image.Length], Token));
        Assert.Equal("ParentNotFound", error.ErrorId);
    }

    [Theory]
    [InlineData("VHD")]
    [InlineData("VHDX")]
    public async Task Refuses_a_parent_that_is_another(string format)
    {
        await WriteChainAsync(format, 512, 1 << 20, 1);
        string extension = format.ToLowerInvariant();
        string parent = folder.File($"layer0.{extension}");
        File.Delete(parent);
        await WriteBaseAsync(parent, format, new byte[5 << 20], 512, 1 << 20, Guid.NewGuid());
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync(folder.File($"layer1.{extension}")));
        Assert.Equal("parent", error.Structure);
        Assert.Contains("the child was made over", error.Message, StringComparison.Ordinal);
        Assert.Contains("-ParentPath", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_vhd_parent_with_another_timestamp()
    {
        ChildContent child = ChildContent.Change(new byte[1 << 20], 1, 512, 5, 20);
        var id = Guid.NewGuid();
        await WriteBaseAsync(folder.File("base.vhd"), "VHD", new byte[1 << 20], 512, 1 << 20, id);
        File.SetLastWriteTimeUtc(folder.File("base.vhd"), new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Guid diskId;
        await using (IDiskImage parent = await OpenAsync(folder.File("base.vhd")))
        {
            diskId = parent.Identity.DiskId!.Value;
        }

        uint fileTime = VhdTime.FromTime(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        foreach ((uint timestamp, bool accepted) in new[] { (0u, true), (fileTime, true), (fileTime + 2, true), (fileTime + 3, false), (1u, true), (99u, false) })
        {
            File.WriteAllBytes(folder.File("child.vhd"), VhdChildWriter.Write(child, Guid.NewGuid(), diskId, timestamp, 1 << 20, "base.vhd"));
            if (accepted)
            {
                await (await OpenAsync(folder.File("child.vhd"))).DisposeAsync();
                continue;
            }

            InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(() => OpenAsync(folder.File("child.vhd")));
            Assert.Contains("ParentTimestamp", error.Message, StringComparison.Ordinal);
            await using IDiskImage image = await OpenAsync(folder.File("child.vhd"), new DiskOpenOptions { DamageTolerance = DamageTolerance.ParentTimestamp });
            Assert.Single(image.ToleratedDamage);
            await CheckAsync(image, child.Content);
        }
    }

    [Fact]
    public async Task Refuses_cycles_and_endless_chains()
    {
        ChildContent child = ChildContent.Change(new byte[64 << 10], 1, 512, 1, 5);
        var id = Guid.NewGuid();
        var files = new MemoryDiskFiles();
        files.Add("/self.vhd", VhdChildWriter.Write(child, id, id, 0, 4096, "self.vhd"));
        files.Add("/a.vhd", VhdChildWriter.Write(child, id, id, 0, 4096, "b.vhd"));
        files.Add("/b.vhd", VhdChildWriter.Write(child, id, id, 0, 4096, "a.vhd"));
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        foreach (string path in (string[])["/self.vhd", "/a.vhd"])
        {
            InvalidFormatException cycle = await Assert.ThrowsAsync<InvalidFormatException>(async () => await registry.OpenAsync(path, null, Token));
            Assert.Contains("itself", cycle.Message, StringComparison.Ordinal);
        }

        for (int i = 0; i <= DiskOpenContext.MaximumChainLength; i++)
        {
            files.Add($"/{i}.vhd", VhdChildWriter.Write(child, id, id, 0, 4096, $"{i + 1}.vhd"));
        }

        InvalidFormatException longChain = await Assert.ThrowsAsync<InvalidFormatException>(async () => await registry.OpenAsync("/0.vhd", null, Token));
        Assert.Contains("longer than 256", longChain.Message, StringComparison.Ordinal);
        files.Files.Remove("/255.vhd", out _);
        await (await registry.CreateAsync("/255.vhd", "VHD", new DiskCreateOptions { Length = 64 << 10, UniqueId = id, DiskId = id }, Token)).DisposeAsync();
        await using IDiskImage allowed = await registry.OpenAsync("/0.vhd", null, Token);
        await CheckAsync(allowed, child.Content);
    }

    [Fact]
    public async Task Ends_soon_where_every_child_names_two_parents()
    {
        // Were a parent opened with its whole chain to find that it is another's, this took two to the power of forty.
        ChildContent child = ChildContent.Change(new byte[64 << 10], 1, 512, 1, 5);
        var files = new MemoryDiskFiles();
        for (int i = 0; i < 40; i++)
        {
            foreach (string side in (string[])["a", "b"])
            {
                files.Add($"/{i}{side}.vhd", VhdChildWriter.Write(
                    child, Guid.NewGuid(), Guid.NewGuid(), 0, 4096, $"{i + 1}a.vhd", ("W2ru", $"{i + 1}b.vhd")));
            }
        }

        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(
            () => DiskFormatRegistry.CreateDefault(files).OpenAsync("/0a.vhd", null, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Contains("is not its parent", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Passes_over_files_that_are_no_parents()
    {
        List<ChildContent> layers = await WriteChainAsync("VHDX", 512, 1 << 20, 1);
        File.Move(folder.File("layer0.vhdx"), folder.File("renamed.vhdx"));
        File.WriteAllBytes(folder.File("notes.txt"), new byte[5000]);
        await using IDiskImage image = await OpenAsync(
            folder.File("layer1.vhdx"), new DiskOpenOptions { ParentPaths = [folder.File("notes.txt"), folder.File("renamed.vhdx")] });
        await CheckAsync(image, layers[^1].Content);
    }

    private static async Task<IDiskImage> OpenAsync(string path, DiskOpenOptions? options = null) =>
        await DiskFormatRegistry.CreateDefault().OpenAsync(path, options, Token);

    private static async Task WriteBaseAsync(string path, string format, byte[] content, int sectorSize, long blockSize, Guid id)
    {
        await using IDiskImage image = await DiskFormatRegistry.CreateDefault().CreateAsync(
            path,
            format,
            new DiskCreateOptions
            {
                Length = content.Length, UniqueId = id, LogicalSectorSize = sectorSize, BlockSize = blockSize, Created = new DateTimeOffset(2000, 1, 1, 0, 0, 1, TimeSpan.Zero),
            },
            Token);
        await image.WriteAsync(0, content, Token);
        await image.FlushAsync(Token);
    }

    private static async Task CheckAsync(IBlockDevice image, byte[] content)
    {
        byte[] read = new byte[content.Length];
        await image.ReadAsync(0, read, Token);
        Assert.Equal(content.Length, content.AsSpan().CommonPrefixLength(read));
        var random = new Random(content.Length);
        for (int i = 0; i < 200; i++)
        {
            int offset = random.Next(content.Length);
            byte[] part = new byte[random.Next(Math.Min(content.Length - offset, 100_000))];
            await image.ReadAsync(offset, part, Token);
            Assert.True(content.AsSpan(offset, part.Length).SequenceEqual(part), $"{part.Length} bytes at {offset}");
        }

        long at = 0;
        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, Token))
        {
            Assert.Equal(at, extent.Offset);
            Assert.False(extent.IsZero && content.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0), $"{extent} holds data.");
            at = extent.End;
        }

        Assert.Equal(image.Length, at);
    }

    // What a child says it holds itself must be exactly what was changed, sector by sector.
    private static async Task CheckOwnAsync(IDiskImage image, ChildContent child)
    {
        bool[] own = new bool[child.Changed.Length];
        long at = 0;
        await foreach (BlockExtent extent in image.AllocatedInThisFileAsync(0, image.Length, Token))
        {
            Assert.True(extent.Offset >= at && extent.Length > 0);
            at = extent.End;
            Assert.Equal(0, (extent.Offset | extent.Length) % child.SectorSize);
            own.AsSpan((int)(extent.Offset / child.SectorSize), (int)(extent.Length / child.SectorSize)).Fill(true);
        }

        Assert.Equal(child.Changed, own);
    }

    private async Task<List<ChildContent>> WriteChainAsync(string format, int sectorSize, int blockSize, int children, int unit = 1)
    {
        string extension = format.ToLowerInvariant();
        byte[] content = SparseContent.Make(blockSize + sectorSize, (5 << 20) + (3 * 4096), longestRun: 300_000);
        await WriteBaseAsync(folder.File($"layer0.{extension}"), format, content, sectorSize, blockSize, Guid.NewGuid());
        var layers = new List<ChildContent>();
        for (int i = 1; i <= children; i++)
        {
            ChildContent child = ChildContent.Change(content, i, sectorSize, 40, i == 1 ? 3000 / (sectorSize / 512) : 50, unit);
            DiskIdentity parent;
            await using (IDiskImage image = await OpenAsync(folder.File($"layer{i - 1}.{extension}")))
            {
                parent = image.Identity;
            }

            string name = $"layer{i - 1}.{extension}";
            byte[] bytes = format == "VHD"
                ? VhdChildWriter.Write(child, Guid.NewGuid(), parent.DiskId!.Value, VhdTime.FromTime(parent.Timestamp!.Value), (uint)blockSize, name, ("W2ku", $"C:\\gone\\{name}"), ("W2ru", $".\\{name}"))
                : await VhdxChildWriter.WriteAsync(
                    child,
                    Guid.NewGuid(),
                    new Dictionary<string, string>(StringComparer.Ordinal)
                    {
                        ["parent_linkage"] = parent.DataWriteGuid!.Value.ToString("B"),
                        ["relative_path"] = $".\\{name}",
                        ["absolute_win32_path"] = $"\\\\?\\C:\\gone\\{name}",
                    },
                    (uint)blockSize);
            await File.WriteAllBytesAsync(folder.File($"layer{i}.{extension}"), bytes, Token);
            layers.Add(child);
            content = child.Content;
        }

        return layers;
    }
}
