using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhd;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vhd;

public sealed class VhdFuzzTests
{
    [Fact]
    public async Task Damaged_images_end_in_their_own_errors_only()
    {
        var files = new MemoryDiskFiles();
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        var id = new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9);
        byte[] content = SparseContent.Make(1, 1_500_160);
        foreach (string subFormat in (string[])["Dynamic", "Fixed"])
        {
            await using IDiskImage image = await registry.CreateAsync(
                $"/{subFormat}.vhd", "VHD", new DiskCreateOptions { Length = content.Length, UniqueId = id, DiskId = id, SubFormat = subFormat, BlockSize = 512 << 10 }, CancellationToken.None);
            await image.WriteAsync(0, content, CancellationToken.None);
            await image.FlushAsync(CancellationToken.None);
        }

        ChildContent child = ChildContent.Change(content, 4, 512, 30, 30);
        files.Add("/child.vhd", VhdChildWriter.Write(child, Guid.NewGuid(), id, 0, 512 << 10, "Dynamic.vhd", ("W2ru", ".\\Dynamic.vhd"), ("W2ku", "C:\\Dynamic.vhd")));
        await ImageFuzz.RunAsync(files, ["/Dynamic.vhd", "/child.vhd", "/Fixed.vhd", "/child.vhd"], path =>
        {
            long end = files.Files[path].Length - VhdFooter.Size;
            return path == "/Fixed.vhd"
                ? [(end, 90)]
                : [(0, 90), (end, 90), (512, 64), (512, 64), (512 + 576, 48), (1536, 16), (1536, 16), (2048, 1024), (4096 - 512, 512)];
        }, device =>
        {
            foreach (long at in (long[])[0, device.Length - VhdFooter.Size])
            {
                if (at >= 0 && device.Length >= VhdFooter.Size)
                {
                    device.Patch(at + VhdFooter.ChecksumAt, VhdChecksum.Compute(device.Read(at, VhdFooter.Size), VhdFooter.ChecksumAt), bigEndian: true);
                }
            }

            if (device.Length >= VhdFooter.Size + VhdDynamicHeader.Size)
            {
                device.Patch(
                    VhdFooter.Size + VhdDynamicHeader.ChecksumAt, VhdChecksum.Compute(device.Read(VhdFooter.Size, VhdDynamicHeader.Size), VhdDynamicHeader.ChecksumAt), bigEndian: true);
            }
        });
    }
}
