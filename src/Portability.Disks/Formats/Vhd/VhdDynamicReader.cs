using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>Opens dynamic and differencing VHDs.</summary>
internal static class VhdDynamicReader
{
    // A copy through a file system that keeps even seconds only may move a file's time by two.
    private const uint TimestampTolerance = 2;

    /// <summary>Opens an image whose footer has been read.</summary>
    /// <param name="file">The file; owned by the image when this returns.</param>
    /// <param name="footer">The footer.</param>
    /// <param name="context">Options and the way to the parent.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, VhdFooter footer, DiskOpenContext context, CancellationToken cancellationToken)
    {
        long offset = (long)Math.Min(footer.DataOffset, long.MaxValue);
        if (offset > file.Length - VhdDynamicHeader.Size)
        {
            throw VhdErrors.Invalid("dynamic disk header", offset, FormattableString.Invariant($"it does not lie inside the file of {file.Length} bytes"), context.Path);
        }

        byte[] bytes = new byte[VhdDynamicHeader.Size];
        await file.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        if (!VhdDynamicHeader.HasCookie(bytes))
        {
            throw VhdErrors.Invalid("dynamic disk header", offset, "it does not start with 'cxsparse'", context.Path);
        }

        VhdDynamicHeader header = VhdDynamicHeader.Read(bytes);
        context.CheckChecksum(
            VhdFormat.FormatName, "dynamic disk header", offset, header.Checksum, VhdChecksum.Compute(bytes, VhdDynamicHeader.ChecksumAt), "Virtual Hard Disk Image Format Specification");
        header.Validate(offset, (long)footer.CurrentSize, file.Length, context.Path);
        VhdBlockAllocationTable table = await ReadTableAsync(file, footer, header, context, cancellationToken).ConfigureAwait(false);
        if (footer.DiskType != VhdDiskType.Differencing)
        {
            return new VhdDynamicImage(file, context.Path, footer, header, table, parent: null, parentLocator: null) { ToleratedDamage = context.ToleratedDamage };
        }

        List<string> locators = await ReadLocatorsAsync(file, header, cancellationToken).ConfigureAwait(false);
        IDiskImage? parent = await context.OpenParentAsync(
            locators, VhdFormat.FormatName, candidate => Mismatch(candidate, footer, header, context), cancellationToken).ConfigureAwait(false);
        return new VhdDynamicImage(file, context.Path, footer, header, table, parent, locators.FirstOrDefault() ?? string.Empty) { ToleratedDamage = context.ToleratedDamage };
    }

    private static async ValueTask<VhdBlockAllocationTable> ReadTableAsync(
        IBlockDevice file, VhdFooter footer, VhdDynamicHeader header, DiskOpenContext context, CancellationToken cancellationToken)
    {
        long count = ((long)footer.CurrentSize + header.BlockSize - 1) / header.BlockSize;
        if (count > VhdBlockAllocationTable.MaximumCount)
        {
            throw VhdErrors.Unsupported(
                context.Path, FormattableString.Invariant($"it has {count} blocks of {header.BlockSize} bytes, at most {VhdBlockAllocationTable.MaximumCount} are handled"));
        }

        byte[] bytes = new byte[(int)count * VhdBlockAllocationTable.EntrySize];
        await file.ReadAsync((long)header.TableOffset, bytes, cancellationToken).ConfigureAwait(false);
        return VhdBlockAllocationTable.Read(bytes);
    }

    private static async ValueTask<List<string>> ReadLocatorsAsync(IBlockDevice file, VhdDynamicHeader header, CancellationToken cancellationToken)
    {
        var paths = new List<string>();
        foreach (VhdParentLocator locator in header.Locators.Where(locator => locator.Rank <= 2).OrderBy(locator => locator.Rank))
        {
            if (locator.DataLength is 0 or > VhdParentLocator.MaximumDataLength || locator.DataOffset > (ulong)(file.Length - locator.DataLength))
            {
                continue; // Another locator, or the name in the header, may still lead to the parent.
            }

            byte[] data = new byte[locator.DataLength];
            await file.ReadAsync((long)locator.DataOffset, data, cancellationToken).ConfigureAwait(false);
            if (locator.Decode(data) is { } path)
            {
                paths.Add(path);
            }
        }

        if (header.ParentName.Length > 0)
        {
            paths.Add(header.ParentName);
        }

        return paths;
    }

    private static string? Mismatch(IDiskImage parent, VhdFooter footer, VhdDynamicHeader header, DiskOpenContext context)
    {
        if (parent.Identity.DiskId != header.ParentUniqueId)
        {
            return $"its unique id is {parent.Identity.DiskId}, the child was made over {header.ParentUniqueId}";
        }

        if (parent.Length > (long)footer.CurrentSize)
        {
            return FormattableString.Invariant($"it has {parent.Length} bytes, the child {footer.CurrentSize}");
        }

        // Programs differ in whether they mean the parent's footer or its file's time. Zero says nothing.
        DateTimeOffset? written = parent.Path is null ? null : context.Files.GetModificationTime(parent.Path);
        if (header.ParentTimestamp == 0
            || IsNear(header.ParentTimestamp, VhdTime.FromTime(parent.Identity.Timestamp!.Value))
            || (written is { } time && IsNear(header.ParentTimestamp, VhdTime.FromTime(time))))
        {
            return null;
        }

        string fact = $"the child was made over its state of {VhdTime.ToTime(header.ParentTimestamp):u}, it was changed since or lost its time in a copy";
        if (!context.Options.DamageTolerance.HasFlag(DamageTolerance.ParentTimestamp))
        {
            return fact + " (-DamageTolerance ParentTimestamp reads it anyway)";
        }

        context.ReportDamage($"Parent '{parent.Name}': {fact}.");
        return null;
    }

    private static bool IsNear(uint left, uint right) => Math.Max(left, right) - Math.Min(left, right) <= TimestampTolerance;
}
