using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Random sparse disks as qemu-img makes images of them, and the check that an image reads as its disk.</summary>
internal static class QemuImages
{
    /// <summary>Writes a raw disk.</summary>
    public static string WriteRaw(TemporaryFolder folder, byte[] content, string name = "disk.raw")
    {
        string path = folder.File(name);
        using FileStream file = File.Create(path);
        for (int at = 0; at < content.Length; at += 4096)
        {
            ReadOnlySpan<byte> part = content.AsSpan(at, Math.Min(4096, content.Length - at));
            if (part.ContainsAnyExcept((byte)0))
            {
                file.Position = at;
                file.Write(part);
            }
        }

        file.SetLength(content.Length);
        return path;
    }

    /// <summary>Makes an image of a disk, with the arguments of `qemu-img convert` that say how.</summary>
    public static string Convert(TemporaryFolder folder, byte[] content, string name, params string[] arguments)
    {
        string raw = WriteRaw(folder, content, name + ".raw");
        string path = folder.File(name);
        ForeignTool.Check("qemu-img", ["convert", "-f", "raw", .. arguments, raw, path]);
        return path;
    }

    /// <summary>Opens an image of any format.</summary>
    public static ValueTask<IDiskImage> OpenAsync(string path, DiskOpenOptions? options = null) =>
        DiskFormatRegistry.CreateDefault().OpenAsync(path, options, CancellationToken.None);

    /// <summary>Checks that an image reads as its disk: whole, in random pieces, and by its extents.</summary>
    public static async Task CheckAsync(IDiskImage image, byte[] content)
    {
        Assert.Equal(content.Length, image.Length);
        await CheckRangeAsync(image, content, 0, content.Length);
        var random = new Random(3);
        for (int i = 0; i < 200; i++)
        {
            int offset = random.Next(content.Length);
            await CheckRangeAsync(image, content, offset, random.Next(Math.Min(content.Length - offset, 200_000) + 1));
        }

        long at = 0;
        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, CancellationToken.None))
        {
            Assert.Equal(at, extent.Offset);
            at = extent.End;
            Assert.False(
                extent.IsZero && content.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0), $"{extent} holds data.");
        }

        Assert.Equal(content.Length, at);
    }

    /// <summary>Bytes of extents that must be read.</summary>
    public static async Task<long> DataBytesAsync(IDiskImage image)
    {
        long bytes = 0;
        await foreach (BlockExtent extent in image.QueryExtentsAsync(0, image.Length, CancellationToken.None))
        {
            bytes += extent.IsZero ? 0 : extent.Length;
        }

        return bytes;
    }

    private static async Task CheckRangeAsync(IDiskImage image, byte[] content, int offset, int length)
    {
        byte[] buffer = new byte[length];
        buffer.AsSpan().Fill(0xA5);
        await image.ReadAsync(offset, buffer, CancellationToken.None);
        int common = buffer.AsSpan().CommonPrefixLength(content.AsSpan(offset, length));
        Assert.True(common == length, $"Reading {length} bytes at {offset} of '{image.Name}': byte {offset + common} differs.");
    }
}
