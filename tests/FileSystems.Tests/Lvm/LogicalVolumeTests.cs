using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using Portability.Disks.Blocks;
using Portability.FileSystems.Lvm;
using Portability.FileSystems.Volumes;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Lvm;

/// <summary>Volume groups that LVM2's own tools make, against the extents that `lvs` reports of them.</summary>
public sealed class LogicalVolumeTests : IDisposable
{
    private const long PhysicalLength = 96 << 20;
    private const int Step = 4096;
    private readonly TemporaryFolder folder = new();
    private readonly List<string> loops = [];

    public void Dispose()
    {
        foreach (string loop in loops)
        {
            ForeignTool.Run("losetup", "-d", loop);
        }

        folder.Dispose();
    }

    [Fact]
    public async Task Linear_and_striped_volumes_over_two_disks_read_where_lvs_says()
    {
        string[] disks = Make("first", "second");
        string group = "wp" + Guid.NewGuid().ToString("N")[..8];
        Lvm("vgcreate", ["-q", group, .. loops]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "20M", "-n", "lin-ear", group]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "24M", "-i", "2", "-I", "64k", "-n", "striped", group]);
        Lvm("lvextend", ["-q", "-L", "+70M", group + "/lin-ear"]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "4M", "-n", "last", group]);
        string report = Lvm("lvs", ["--segments", "-o", "lv_name,seg_start,seg_size,stripes,stripe_size,seg_pe_ranges,vg_extent_size", "--units", "b", "--nosuffix", "--reportformat", "json", group]);
        string places = Lvm("pvs", ["-o", "pv_name,pe_start", "--units", "b", "--nosuffix", "--reportformat", "json", .. loops]);
        Fill(disks, places);
        var volumes = new List<FoundVolume>();
        IBlockDevice[] devices = [.. disks.Select(disk => FileBlockDevice.Open(disk, allowInUse: true))];
        for (int disk = 0; disk < devices.Length; disk++)
        {
            volumes.AddRange(await VolumeFinder.FindAsync(devices[disk], disk, FileSystemRegistry.CreateDefault(), CancellationToken.None));
        }

        IReadOnlyList<FoundVolume> found = await VolumeFinder.FindLogicalAsync(volumes, FileSystemRegistry.CreateDefault(), damage => throw damage, CancellationToken.None);
        Assert.Equal([group + "/last", group + "/lin-ear", group + "/striped"], found.Select(volume => volume.LogicalName).Order(StringComparer.Ordinal));
        Assert.All(found, volume => Assert.Empty(volume.Obstacle));
        foreach (FoundVolume volume in found)
        {
            await CompareAsync(volume.Device, volume.LogicalName.Split('/')[1], report, places);
        }

        // Without the second disk what needs it is named, and the others read as before.
        IReadOnlyList<FoundVolume> alone = await VolumeFinder.FindLogicalAsync([.. volumes.Where(volume => volume.Disk == 0)], FileSystemRegistry.CreateDefault(), damage => throw damage, CancellationToken.None);
        Assert.Contains("on none of the disks", alone.Single(volume => volume.LogicalName.EndsWith("/striped", StringComparison.Ordinal)).Obstacle, StringComparison.Ordinal);
        foreach (IAsyncDisposable item in found.Concat(alone).Concat(volumes).Concat<IAsyncDisposable>(devices))
        {
            await item.DisposeAsync();
        }
    }

    [Fact]
    public async Task Kinds_that_are_not_read_are_named()
    {
        string[] disks = Make("only");
        string group = "wp" + Guid.NewGuid().ToString("N")[..8];
        Lvm("vgcreate", ["-q", group, .. loops]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "8M", "-n", "twice", group]);
        await using MemoryBlockDevice disk = await ReadAsync(disks[0]);
        await ChangeMetadataAsync(disk, text => text.Replace("type = \"striped\"", "type = \"raid456\"", StringComparison.Ordinal));
        IReadOnlyList<FoundVolume> volumes = await VolumeFinder.FindAsync(disk, 0, FileSystemRegistry.CreateDefault(), CancellationToken.None);
        IReadOnlyList<FoundVolume> found = await VolumeFinder.FindLogicalAsync(volumes, FileSystemRegistry.CreateDefault(), damage => throw damage, CancellationToken.None);
        Assert.Contains("type raid456", Assert.Single(found).Obstacle, StringComparison.Ordinal);
        Assert.False(found[0].IsReadable);
    }

    [Theory]
    [InlineData("extent_count = 2", "extent_count = 99")]
    [InlineData("start_extent = 0", "start_extent = 1")]
    [InlineData("stripe_count = 1", "stripe_count = 0")]
    [InlineData("extent_size = 8192", "extent_size = 9999")]
    [InlineData("pe_start = 2048", "pe_start = 9999999999999999")]
    [InlineData("extent_count = 2", "extent_count = 9223372036854775807")]
    [InlineData("logical_volumes {", "logical_volumes  ")]
    public async Task Numbers_that_do_not_fit_are_refused(string from, string to)
    {
        string[] disks = Make("only");
        string group = "wp" + Guid.NewGuid().ToString("N")[..8];
        Lvm("vgcreate", ["-q", group, .. loops]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "8M", "-n", "one", group]);
        await using MemoryBlockDevice disk = await ReadAsync(disks[0]);
        await ChangeMetadataAsync(disk, text => text.Replace(from, to, StringComparison.Ordinal));
        IReadOnlyList<FoundVolume> volumes = await VolumeFinder.FindAsync(disk, 0, FileSystemRegistry.CreateDefault(), CancellationToken.None);
        var told = new List<PortabilityException>();
        IReadOnlyList<FoundVolume> found = await VolumeFinder.FindLogicalAsync(volumes, FileSystemRegistry.CreateDefault(), told.Add, CancellationToken.None);
        Assert.True(told.Count > 0 || found[0].Obstacle.Length > 0 || (found[0].Device.Length > 0 && from.StartsWith("extent_size", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Hyper_V_disk_with_three_logical_volumes()
    {
        string path = TestData.Unpack("vdisk", "lvm2.vhdx.gz", folder.Path);
        await using var image = await Disks.Formats.DiskFormatRegistry.CreateDefault().OpenAsync(path, new Disks.Formats.DiskOpenOptions(), CancellationToken.None);
        IReadOnlyList<FoundVolume> volumes = await VolumeFinder.FindAsync(image, 0, FileSystemRegistry.CreateDefault(), CancellationToken.None);
        IReadOnlyList<FoundVolume> found = await VolumeFinder.FindLogicalAsync(volumes, FileSystemRegistry.CreateDefault(), damage => throw damage, CancellationToken.None);
        Assert.Equal(["test/vol01", "test/fat", "test/ntfs"], found.Select(volume => volume.LogicalName));
        var hashes = new List<string>();
        foreach (FoundVolume volume in found.Where(volume => volume.IsReadable))
        {
            IFileSystem system = await volume.OpenAsync(CancellationToken.None);
            DirectoryEntry entry = (await system.FindAsync(system.Root, NodeName.FromText("data", system.NameUnit), CancellationToken.None))!.Value;
            hashes.Add(await FileTree.HashAsync(system, entry.Id, 1 << 20));
        }

        Assert.Equal(2, hashes.Count);
        Assert.Equal(hashes[0], hashes[1]); // its makers copied one file to each volume
    }

    [Fact]
    public async Task Damaged_metadata_is_told_and_another_copy_used()
    {
        string[] disks = Make("first", "second");
        string group = "wp" + Guid.NewGuid().ToString("N")[..8];
        Lvm("vgcreate", ["-q", group, .. loops]);
        Lvm("lvcreate", ["-an", "-Zn", "-Wn", "-q", "-L", "20M", "-n", "one", group]);
        await using MemoryBlockDevice damaged = await ReadAsync(disks[0]);
        await ChangeMetadataAsync(damaged, text => text.Replace("extent_size", "extent_sise", StringComparison.Ordinal), fixChecksums: false);
        await using FileBlockDevice second = FileBlockDevice.Open(disks[1], allowInUse: true);
        List<FoundVolume> volumes = [.. await VolumeFinder.FindAsync(damaged, 0, FileSystemRegistry.CreateDefault(), CancellationToken.None), .. await VolumeFinder.FindAsync(second, 1, FileSystemRegistry.CreateDefault(), CancellationToken.None)];
        var told = new List<PortabilityException>();
        IReadOnlyList<FoundVolume> found = await VolumeFinder.FindLogicalAsync(volumes, FileSystemRegistry.CreateDefault(), told.Add, CancellationToken.None);
        Assert.Contains("checksum", Assert.Single(told).Message, StringComparison.Ordinal);
        Assert.Equal(group + "/one", Assert.Single(found).LogicalName);
    }

    private static async Task<MemoryBlockDevice> ReadAsync(string path)
    {
        var device = new MemoryBlockDevice(PhysicalLength);
        await device.WriteAsync(0, await File.ReadAllBytesAsync(path), CancellationToken.None);
        return device;
    }

    // The area of metadata begins at 4 KiB: a header of 512 bytes tells where its newest text lies.
    private static async Task ChangeMetadataAsync(MemoryBlockDevice disk, Func<string, string> change, bool fixChecksums = true)
    {
        const int Area = 4096, HeaderSize = 512;
        byte[] header = new byte[HeaderSize];
        await disk.ReadAsync(Area, header, CancellationToken.None);
        long at = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(40));
        byte[] text = new byte[BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(48))];
        await disk.ReadAsync(Area + at, text, CancellationToken.None);
        string before = System.Text.Encoding.ASCII.GetString(text), after = change(before);
        Assert.NotEqual(before, after);
        text = System.Text.Encoding.ASCII.GetBytes(after);
        await disk.WriteAsync(Area + at, text, CancellationToken.None);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(48), text.Length);
        if (fixChecksums)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(56), LvmChecksum.Compute(text));
            BinaryPrimitives.WriteUInt32LittleEndian(header, LvmChecksum.Compute(header.AsSpan(4)));
            await disk.WriteAsync(Area, header, CancellationToken.None);
        }
    }

    private static string Lvm(string command, string[] arguments) => ForeignTool.Check(
        command, [.. arguments, .. command is "lvcreate" or "lvextend" or "lvs" or "pvs" ? ["--driverloaded", "n"] : Array.Empty<string>()]);

    // Every step of the data area says on which disk and where it is.
    private static void Fill(string[] disks, string places)
    {
        for (int disk = 0; disk < disks.Length; disk++)
        {
            using FileStream file = File.OpenWrite(disks[disk]);
            byte[] step = new byte[Step];
            for (long offset = PeStart(places, disk); offset + Step <= PhysicalLength; offset += Step)
            {
                BinaryPrimitives.WriteInt64LittleEndian(step, offset);
                step[8] = (byte)disk;
                file.Position = offset;
                file.Write(step);
            }
        }
    }

    private static long PeStart(string places, int disk) => long.Parse(
        JsonDocument.Parse(places).RootElement.GetProperty("report")[0].GetProperty("pv")[disk].GetProperty("pe_start").GetString()!, CultureInfo.InvariantCulture);

    private async Task CompareAsync(IBlockDevice device, string name, string report, string places)
    {
        long total = 0;
        byte[] found = new byte[Step];
        foreach (JsonElement segment in JsonDocument.Parse(report).RootElement.GetProperty("report")[0].GetProperty("seg").EnumerateArray())
        {
            if (segment.GetProperty("lv_name").GetString() != name)
            {
                continue;
            }

            long Number(string field) => long.Parse(segment.GetProperty(field).GetString()!, CultureInfo.InvariantCulture);
            string[] ranges = segment.GetProperty("seg_pe_ranges").GetString()!.Split(' ');
            long start = Number("seg_start"), size = Number("seg_size"), stripeSize = Number("stripes") == 1 ? size : Number("stripe_size");
            for (long offset = 0; offset < size; offset += Step)
            {
                long stripe = offset / stripeSize;
                string[] range = ranges[(int)(stripe % ranges.Length)].Split(':', '-');
                int disk = loops.IndexOf(range[0]);
                long place = PeStart(places, disk) + (long.Parse(range[1], CultureInfo.InvariantCulture) * Number("vg_extent_size")) + (stripe / ranges.Length * stripeSize) + (offset % stripeSize);
                await device.ReadAsync(start + offset, found, CancellationToken.None);
                Assert.Equal((place, (byte)disk), (BinaryPrimitives.ReadInt64LittleEndian(found), found[8]));
            }

            total += size;
        }

        Assert.Equal(total, device.Length);
        byte[] across = new byte[(int)Math.Min(device.Length, 3 << 20)];
        await device.ReadAsync(device.Length - across.Length, across, CancellationToken.None);
        await device.ReadAsync(device.Length - across.Length + (5 * Step), found, CancellationToken.None);
        Assert.True(found.AsSpan().SequenceEqual(across.AsSpan(5 * Step, Step)));
    }

    private string[] Make(params string[] names)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Loop devices need the rights of an administrator on Linux.");
        var disks = new List<string>();
        foreach (string name in names)
        {
            string path = folder.File(name);
            using (FileStream file = File.Create(path))
            {
                file.SetLength(PhysicalLength);
            }

            ToolResult loop = ForeignTool.Run("losetup", "-f", "--show", path);
            Assert.SkipWhen(loop.ExitCode != 0, "No loop device: " + loop.Error);
            loops.Add(loop.Output.Trim());
            disks.Add(path);
        }

        ToolResult made = ForeignTool.Run("pvcreate", ["-q", .. loops]);
        Assert.SkipWhen(made.ExitCode != 0, "LVM2 cannot work on loop devices here: " + made.Error);
        return [.. disks];
    }
}
