namespace Portability.Disks.Formats.Raw;

/// <summary>Files that are no raw disk though no known format claims them: taking them for one would store the wrong bytes as the disk.</summary>
internal static class ForeignSignatures
{
    private const int VirtualBoxAt = 64;

    /// <summary>Names the format that a file seems to have.</summary>
    /// <param name="head">First bytes of the file.</param>
    /// <param name="tail">Last bytes of the file.</param>
    /// <returns>The format's name, or null if nothing speaks against a raw disk.</returns>
    public static string? Find(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail)
    {
        if (head.Length > VirtualBoxAt && head[VirtualBoxAt..].StartsWith<byte>([0x7F, 0x10, 0xDA, 0xBE]))
        {
            return "VDI (VirtualBox)";
        }

        if (tail.Length >= 512 && tail[^512..].StartsWith("koly"u8))
        {
            return "DMG (Apple)";
        }

        return StartOf(head);
    }

    private static string? StartOf(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith("QED\0"u8))
        {
            return "QED";
        }

        if (head.StartsWith("WithoutFreeSpace"u8) || head.StartsWith("WithouFreSpacExt"u8))
        {
            return "Parallels HDD";
        }

        if (head.StartsWith<byte>([(byte)'E', (byte)'V', (byte)'F', 0x09, 0x0D, 0x0A, 0xFF, 0x00]))
        {
            return "EWF (EnCase)";
        }

        if (head.StartsWith<byte>([0x1F, 0x8B, 0x08]))
        {
            return "gzip";
        }

        if (head.StartsWith<byte>([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00]))
        {
            return "xz";
        }

        if (head.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]))
        {
            return "Zstandard";
        }

        return head.StartsWith("PK\x03\x04"u8) ? "ZIP" : null;
    }
}
