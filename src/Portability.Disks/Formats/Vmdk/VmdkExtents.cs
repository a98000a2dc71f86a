using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>Opens the extents that a descriptor lists.</summary>
internal static class VmdkExtents
{
    private const int SectorSize = VmdkSparseHeader.SectorSize;

    /// <summary>Opens all extents; on an error those already open are closed.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="file">The file that holds the descriptor; stays the caller's.</param>
    /// <param name="isEmbedded">True if the same file is the one sparse extent.</param>
    /// <param name="context">The way to other files.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">An extent cannot be opened, is damaged or not handled.</exception>
    public static async ValueTask<VmdkExtent[]> OpenAsync(
        VmdkDescriptor descriptor, IBlockDevice file, bool isEmbedded, DiskOpenContext context, CancellationToken cancellationToken)
    {
        string target = context.Path ?? file.Name;
        VmdkExtentLine[] lines = [.. descriptor.Extents.Where(line => line.Sectors > 0)];
        if (lines.Length == 0 || (isEmbedded && lines.Length != 1))
        {
            throw VmdkErrors.Invalid("descriptor", -1, FormattableString.Invariant($"it lists {lines.Length} extents"), target);
        }

        var extents = new List<VmdkExtent>();
        try
        {
            long start = 0;
            foreach (VmdkExtentLine line in lines)
            {
                if (line.Sectors * SectorSize > long.MaxValue - start)
                {
                    throw VmdkErrors.Invalid("descriptor", -1, "its extents are larger together than any disk", target);
                }

                extents.Add(await OpenAsync(line, start, isEmbedded ? file : null, context, target, cancellationToken).ConfigureAwait(false));
                start += line.Sectors * SectorSize;
            }

            return [.. extents];
        }
        catch
        {
            foreach (IBlockDevice other in extents.Select(extent => extent.File).OfType<IBlockDevice>().Where(other => other != file))
            {
                await other.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    private static async ValueTask<VmdkExtent> OpenAsync(
        VmdkExtentLine line, long start, IBlockDevice? embedded, DiskOpenContext context, string target, CancellationToken cancellationToken)
    {
        long length = line.Sectors * SectorSize;
        VmdkFeatureChecks.CheckExtent(line, target);
        if (embedded is not null && line.Type is not "SPARSE")
        {
            throw VmdkErrors.Invalid("descriptor", -1, $"it lies in a sparse extent but lists a {line.Type} one", target);
        }

        if (line.Type is "ZERO")
        {
            return new VmdkZeroExtent(start, length);
        }

        if (embedded is not null)
        {
            return await VmdkSparseExtent.OpenAsync(start, length, embedded, context, cancellationToken).ConfigureAwait(false);
        }

        IBlockDevice file = await context.OpenFileAsync(line.File, cancellationToken).ConfigureAwait(false);
        try
        {
            if (line.Type is "SPARSE")
            {
                return await VmdkSparseExtent.OpenAsync(start, length, file, context, cancellationToken).ConfigureAwait(false);
            }

            long offset = line.Offset * SectorSize;
            return offset <= file.Length && length <= file.Length - offset
                ? new VmdkFlatExtent(start, length, file, offset)
                : throw VmdkErrors.Invalid(
                    "flat extent", offset, FormattableString.Invariant($"{length} bytes at 0x{offset:X} reach past the end of the file's {file.Length} bytes"), file.Name);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
