using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vmdk;

public sealed class VmdkFuzzTests
{
    [Fact]
    public async Task Images_end_in_their_own_errors_only()
    {
        using var folder = new TemporaryFolder();
        byte[] content = SparseContent.Make(3, 200_192, dataShare: 0.6, longestRun: 20_000);
        var files = new MemoryDiskFiles();
        var seeds = new List<byte[]>();
        foreach (string kind in new[] { "monolithicSparse", "streamOptimized", "monolithicFlat", "twoGbMaxExtentSparse" })
        {
            seeds.Add(await File.ReadAllBytesAsync(QemuImages.Convert(folder, content, $"{kind}.vmdk", "-O", "vmdk", "-o", $"subformat={kind}")));
        }

        foreach (string other in new[] { "monolithicFlat-flat.vmdk", "twoGbMaxExtentSparse-s001.vmdk" })
        {
            files.Add("/" + other, await File.ReadAllBytesAsync(folder.File(other)));
        }

        ForeignTool.Check("sh", "-c", $"cd '{folder.Path}' && qemu-img create -q -f vmdk -b monolithicSparse.vmdk -F vmdk child.vmdk");
        files.Add("/monolithicSparse.vmdk", seeds[0]);
        seeds.Add(await File.ReadAllBytesAsync(folder.File("child.vmdk")));
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        byte[] buffer = new byte[content.Length];
        await MutationFuzz.RunAsync(seeds, async input =>
        {
            await using IDiskImage image = await registry.OpenAsync(
                new ArrayBlockDevice(input), "/fuzzed.vmdk", new DiskOpenOptions { Format = "VMDK" }, CancellationToken.None);
            await image.ReadAsync(0, buffer.AsMemory(0, (int)Math.Min(image.Length, buffer.Length)), CancellationToken.None);
            int count = 0;
            await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, CancellationToken.None))
            {
                if (++count > 10_000)
                {
                    break;
                }
            }
        });
    }
}
