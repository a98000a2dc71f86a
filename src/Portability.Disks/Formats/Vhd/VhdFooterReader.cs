using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>Finds the footer of a VHD: at the end, or, when that one is damaged, the copy at the start.</summary>
internal static class VhdFooterReader
{
    // Files from before Virtual PC 2004 end with a footer of 511 bytes.
    private const int OldSize = VhdFooter.Size - 1;

    /// <summary>Finds the footer in the last bytes of a file.</summary>
    /// <param name="tail">Last bytes of the file.</param>
    /// <returns>How many bytes before the end it starts, or -1.</returns>
    public static int FindAtEnd(ReadOnlySpan<byte> tail)
    {
        foreach (int size in (ReadOnlySpan<int>)[VhdFooter.Size, OldSize])
        {
            if (tail.Length >= size && tail[^size..].StartsWith(VhdFooter.Cookie))
            {
                return size;
            }
        }

        return -1;
    }

    /// <summary>Reads and checks the footer.</summary>
    /// <param name="file">The file.</param>
    /// <param name="context">Options, and where damage is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">There is no sound footer.</exception>
    public static async ValueTask<VhdFooter> ReadAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        if (file.Length < VhdFooter.Size)
        {
            throw VhdErrors.Invalid("footer", 0, FormattableString.Invariant($"the file has {file.Length} bytes, a footer alone 512"), context.Path);
        }

        byte[] tail = new byte[VhdFooter.Size];
        byte[] head = new byte[VhdFooter.Size];
        await file.ReadAsync(file.Length - VhdFooter.Size, tail, cancellationToken).ConfigureAwait(false);
        await file.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        int size = FindAtEnd(tail);
        if (size == OldSize)
        {
            tail = [.. tail[1..], 0];
        }

        long offset = file.Length - (size < 0 ? VhdFooter.Size : size);
        bool atEnd = size > 0 && IsSound(tail);
        if (!atEnd && IsSound(head) && VhdFooter.Read(head).DiskType != VhdDiskType.Fixed)
        {
            context.ReportDamage("The footer at the end is damaged or missing; its copy at the start is used.");
            tail = head;
            offset = 0;
        }
        else if (size < 0)
        {
            throw VhdErrors.Invalid("footer", offset, "neither the end nor the start of the file holds one", context.Path);
        }

        VhdFooter footer = VhdFooter.Read(tail);
        context.CheckChecksum(
            VhdFormat.FormatName, "footer", offset, footer.Checksum, VhdChecksum.Compute(tail, VhdFooter.ChecksumAt), "Virtual Hard Disk Image Format Specification");
        footer.Validate(offset, context.Path);
        return footer;
    }

    private static bool IsSound(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith(VhdFooter.Cookie) && VhdFooter.Read(bytes).Checksum == VhdChecksum.Compute(bytes, VhdFooter.ChecksumAt);
}
