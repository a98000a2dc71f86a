using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhdx;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vhdx;

public sealed class VhdxFuzzTests
{
    private const int Mebi = 1 << 20;

    [Fact]
    public async Task Damaged_images_end_in_their_own_errors_only()
    {
        var files = new MemoryDiskFiles();
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        byte[] content = SparseContent.Make(1, 2 * Mebi);
        Guid linkage;
        await using (IDiskImage image = await registry.CreateAsync(
            "/parent.vhdx", "VHDX", new DiskCreateOptions { Length = content.Length, UniqueId = new Guid(3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), BlockSize = Mebi }, CancellationToken.None))
        {
            await image.WriteAsync(0, content, CancellationToken.None);
            await image.FlushAsync(CancellationToken.None);
            linkage = image.Identity.DataWriteGuid!.Value;
        }

        byte[] dirty = new byte[files.Files["/parent.vhdx"].Length];
        await files.Files["/parent.vhdx"].ReadAsync(0, dirty, CancellationToken.None);
        var logId = Guid.NewGuid();
        var log = new VhdxLogWriter(dirty, logId, 0);
        log.Append(1, 0, dirty.Length, dirty.Length, (4 * Mebi, new byte[4096], 0), (5 * Mebi, null, 8192));
        log.Append(2, 0, dirty.Length, dirty.Length, (3 * Mebi, dirty[(3 * Mebi)..((3 * Mebi) + 4096)], 0));
        VhdxLogWriter.SetLog(dirty, logId);
        files.Add("/dirty.vhdx", dirty);
        var locator = new Dictionary<string, string>(StringComparer.Ordinal) { ["parent_linkage"] = linkage.ToString("B"), ["relative_path"] = "parent.vhdx" };
        files.Add("/child.vhdx", await VhdxChildWriter.WriteAsync(ChildContent.Change(content, 4, 512, 30, 30), Guid.NewGuid(), locator, Mebi));
        await ImageFuzz.RunAsync(files, ["/parent.vhdx", "/dirty.vhdx", "/child.vhdx", "/child.vhdx"], path =>
        [
            (0, 16), (64 << 10, 80), (128 << 10, 80), (192 << 10, 80), (256 << 10, 80),
            (2 * Mebi, 32 + (6 * 32)), ((2 * Mebi) + 65536, path == "/child.vhdx" ? 240 : 40), (3 * Mebi, 24), ((3 * Mebi) + (8192 * 8), 8), (4 * Mebi, 64),
            .. path == "/dirty.vhdx" ? new (long, int)[] { (Mebi, 160), (Mebi + 4096, 16), (Mebi + 8192, 128), (Mebi + 8192 + 4088, 8) } : [],
        ], FixChecksums);
    }

    private static void FixChecksums(PatchedBlockDevice device)
    {
        foreach ((long at, int size) in new[]
        {
            (VhdxLayout.FirstHeaderAt, VhdxHeader.Size), (VhdxLayout.SecondHeaderAt, VhdxHeader.Size),
            (VhdxLayout.FirstRegionTableAt, VhdxRegionTable.Size), (VhdxLayout.SecondRegionTableAt, VhdxRegionTable.Size),
            (Mebi, 8192), (Mebi + 8192, 8192),
        })
        {
            if (at + size <= device.Length && device.Touches(at, size))
            {
                const int ChecksumAt = 4; // In all of them.
                device.Patch(at + ChecksumAt, VhdxChecksum.Compute(device.Read(at, size), ChecksumAt), bigEndian: false);
            }
        }
    }
}
