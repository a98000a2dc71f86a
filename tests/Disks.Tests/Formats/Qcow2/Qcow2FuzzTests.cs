using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Qcow2;

public sealed class Qcow2FuzzTests
{
    [Fact]
    public async Task Images_end_in_their_own_errors_only()
    {
        using var folder = new TemporaryFolder();
        byte[] content = SparseContent.Make(3, 100_352, dataShare: 0.4, longestRun: 20_000);
        string[] options =
            ["compat=1.1,cluster_size=512", "compat=0.10,cluster_size=4096", "compat=1.1,cluster_size=16384,extended_l2=on", "compat=1.1,cluster_size=1024", "compat=1.1,cluster_size=4096"];
        var seeds = new List<byte[]>();
        for (int i = 0; i < options.Length; i++)
        {
            string path = QemuImages.Convert(folder, content, $"{i}.qcow2", ["-O", "qcow2", "-o", options[i], .. i == 3 ? new[] { "-c" } : []]);
            if (i == 4)
            {
                ForeignTool.Check("qemu-img", "bitmap", "--add", path, "bitmap");
                ForeignTool.Check("qemu-img", "rebase", "-u", "-b", "base.qcow2", "-F", "qcow2", path);
            }

            seeds.Add(await File.ReadAllBytesAsync(path));
        }

        var files = new MemoryDiskFiles();
        files.Add("/base.qcow2", seeds[0]);
        DiskFormatRegistry registry = DiskFormatRegistry.CreateDefault(files);
        byte[] buffer = new byte[content.Length];
        await MutationFuzz.RunAsync(seeds, async input =>
        {
            await using IDiskImage image = await registry.OpenAsync(
                new ArrayBlockDevice(input), "/fuzzed.qcow2", new DiskOpenOptions { Format = "QCOW2" }, CancellationToken.None);
            long length = Math.Min(image.Length, buffer.Length);
            await image.ReadAsync(0, buffer.AsMemory(0, (int)length), CancellationToken.None);
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
