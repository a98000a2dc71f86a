using System.Buffers.Binary;
using System.Text;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>Opens a VHDX: headers, log, regions, metadata, parent, in that order.</summary>
/// <param name="context">Options, path, and the way to the parent.</param>
internal sealed class VhdxReader(DiskOpenContext context)
{
    private const int CreatorAt = 8;
    private const int CreatorSize = 512;

    private string? Path => context.Path;

    /// <summary>Opens an image.</summary>
    /// <param name="file">The file; owned by the image when this returns.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        if (file.Length < VhdxLayout.Alignment)
        {
            throw VhdxErrors.Invalid("file type identifier", 0, FormattableString.Invariant($"the file has {file.Length} bytes, the header section alone {VhdxLayout.Alignment}"), "2.2", Path);
        }

        byte[] identifier = await ReadAsync(file, 0, CreatorAt + CreatorSize, cancellationToken).ConfigureAwait(false);
        if (!identifier.AsSpan().StartsWith(VhdxLayout.FileSignature))
        {
            throw VhdxErrors.Invalid("file type identifier", 0, "it is not 'vhdxfile'", "2.2.1", Path);
        }

        string creator = Encoding.Unicode.GetString(identifier, CreatorAt, CreatorSize).Split('\0')[0];
        VhdxHeader header = await ReadHeaderAsync(file, cancellationToken).ConfigureAwait(false);
        IBlockDevice replayed = await ReplayLogAsync(file, header, cancellationToken).ConfigureAwait(false);
        VhdxRegionTable regions = await ReadRegionsAsync(replayed, cancellationToken).ConfigureAwait(false);
        VhdxMetadata metadata = await ReadMetadataAsync(replayed, regions.Metadata, cancellationToken).ConfigureAwait(false);
        var geometry = new VhdxBlockGeometry(metadata);
        VhdxRegion table = regions.BlockAllocationTable;
        if (geometry.EntryCount * VhdxBlockAllocationTable.EntrySize > table.Length)
        {
            throw VhdxErrors.Invalid(
                "block allocation table", (long)table.Offset, FormattableString.Invariant($"{geometry.EntryCount} entries do not fit the region of {table.Length} bytes"), "2.5", Path);
        }

        IDiskImage? parent = metadata.ParentLocator is { } locator
            ? await context.OpenParentAsync([.. locator.Paths], VhdxFormat.FormatName, candidate => Mismatch(candidate, locator, metadata), cancellationToken).ConfigureAwait(false)
            : null;
        var blocks = new VhdxBlockAllocationTable(replayed, (long)table.Offset, geometry.EntryCount);
        return new VhdxImage(replayed, Path, header, metadata, blocks, parent, creator) { ToleratedDamage = context.ToleratedDamage };
    }

    private static string? Mismatch(IDiskImage parent, VhdxParentLocator locator, VhdxMetadata metadata)
    {
        if (parent.Identity.DataWriteGuid != locator.Linkage && (locator.SecondLinkage is null || parent.Identity.DataWriteGuid != locator.SecondLinkage))
        {
            return $"its DataWriteGuid is {parent.Identity.DataWriteGuid}, the child was made over {locator.Linkage}";
        }

        return parent.LogicalSectorSize == metadata.LogicalSectorSize
            ? null
            : FormattableString.Invariant($"its sectors have {parent.LogicalSectorSize} bytes, those of the child {metadata.LogicalSectorSize}");
    }

    private static async ValueTask<byte[]> ReadAsync(IBlockDevice file, long offset, int length, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[length];
        await file.ReadAsync(offset, bytes, cancellationToken).ConfigureAwait(false);
        return bytes;
    }

    private async ValueTask<VhdxHeader> ReadHeaderAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        var valid = new List<(long Offset, byte[] Bytes)>();
        var damaged = new List<(long Offset, byte[] Bytes)>();
        foreach (long offset in (long[])[VhdxLayout.FirstHeaderAt, VhdxLayout.SecondHeaderAt])
        {
            byte[] bytes = await ReadAsync(file, offset, VhdxHeader.Size, cancellationToken).ConfigureAwait(false);
            if (VhdxHeader.HasSignature(bytes))
            {
                (VhdxHeader.HasValidChecksum(bytes) ? valid : damaged).Add((offset, bytes));
            }
        }

        // One damaged header is no damage: a crash while it was written leaves the other.
        if (valid.Count == 0 && damaged.Count == 0)
        {
            throw VhdxErrors.Invalid("header", VhdxLayout.FirstHeaderAt, "neither of the two starts with 'head'", "2.2.2", Path);
        }

        if (valid.Count == 0)
        {
            (uint stored, uint computed) = VhdxHeader.Checksums(damaged[0].Bytes);
            context.CheckChecksum(VhdxFormat.FormatName, "header", damaged[0].Offset, stored, computed, "[MS-VHDX] 2.2.2");
            valid = damaged;
        }

        (long Offset, VhdxHeader Header)[] headers = [.. valid.Select(copy => (copy.Offset, VhdxHeader.Read(copy.Bytes))).OrderByDescending(copy => copy.Item2.SequenceNumber)];
        if (headers.Length == 2 && headers[0].Header.SequenceNumber == headers[1].Header.SequenceNumber && headers[0].Header != headers[1].Header)
        {
            throw VhdxErrors.Invalid(
                "header", headers[0].Offset, FormattableString.Invariant($"both headers have the sequence number {headers[0].Header.SequenceNumber} and differ"), "2.2.2", Path);
        }

        headers[0].Header.Validate(headers[0].Offset, Path);
        return headers[0].Header;
    }

    private async ValueTask<IBlockDevice> ReplayLogAsync(IBlockDevice file, VhdxHeader header, CancellationToken cancellationToken)
    {
        if (header.LogGuid == Guid.Empty)
        {
            return file;
        }

        if (header.LogLength > VhdxLog.MaximumLength)
        {
            throw VhdxErrors.Unsupported(Path, FormattableString.Invariant($"its log of {header.LogLength} bytes must be replayed, at most {VhdxLog.MaximumLength} are handled"));
        }

        if (header.LogOffset > (ulong)file.Length || header.LogLength > (ulong)file.Length - header.LogOffset)
        {
            throw VhdxErrors.Invalid("log", (long)header.LogOffset, FormattableString.Invariant($"its {header.LogLength} bytes do not lie inside the file of {file.Length} bytes"), "2.2.2", Path);
        }

        byte[] bytes = await ReadAsync(file, (long)header.LogOffset, (int)header.LogLength, cancellationToken).ConfigureAwait(false);
        var log = new VhdxLog(bytes, header.LogGuid);
        IReadOnlyList<(int Offset, VhdxLogEntryHeader Header)> sequence = log.FindActiveSequence();
        if (sequence.Count == 0)
        {
            throw VhdxErrors.Invalid("log", (long)header.LogOffset, "the header names a log, which holds no valid entries", "2.3.3", Path);
        }

        VhdxLogEntryHeader last = sequence[^1].Header;
        if (last.FlushedFileOffset > (ulong)file.Length)
        {
            throw VhdxErrors.Invalid(
                "log", (long)header.LogOffset, FormattableString.Invariant($"the file has {file.Length} bytes, {last.FlushedFileOffset} when the log was written: it was cut off"), "2.3.3", Path);
        }

        long length = (long)Math.Min(last.LastFileOffset, long.MaxValue / 2);
        return new VhdxReplayedFile(
            file, bytes, sequence.SelectMany(entry => log.ReadWrites(entry.Offset, entry.Header)), Math.Max(length, file.Length));
    }

    private async ValueTask<VhdxRegionTable> ReadRegionsAsync(IBlockDevice file, CancellationToken cancellationToken)
    {
        byte[] first = await ReadAsync(file, VhdxLayout.FirstRegionTableAt, VhdxRegionTable.Size, cancellationToken).ConfigureAwait(false);
        if (IsSound(first))
        {
            return VhdxRegionTable.Read(first, VhdxLayout.FirstRegionTableAt, file.Length, Path);
        }

        byte[] second = await ReadAsync(file, VhdxLayout.SecondRegionTableAt, VhdxRegionTable.Size, cancellationToken).ConfigureAwait(false);
        if (IsSound(second))
        {
            context.ReportDamage("The first region table is damaged; its copy is used.");
            return VhdxRegionTable.Read(second, VhdxLayout.SecondRegionTableAt, file.Length, Path);
        }

        if (!VhdxRegionTable.HasSignature(first))
        {
            throw VhdxErrors.Invalid("region table", VhdxLayout.FirstRegionTableAt, "neither copy is sound", "2.2.3.1", Path);
        }

        (uint stored, uint computed) = VhdxRegionTable.Checksums(first);
        context.CheckChecksum(VhdxFormat.FormatName, "region table", VhdxLayout.FirstRegionTableAt, stored, computed, "[MS-VHDX] 2.2.3.1");
        return VhdxRegionTable.Read(first, VhdxLayout.FirstRegionTableAt, file.Length, Path);

        static bool IsSound(byte[] bytes)
        {
            (uint stored, uint computed) = VhdxRegionTable.Checksums(bytes);
            return VhdxRegionTable.HasSignature(bytes) && stored == computed;
        }
    }

    private async ValueTask<VhdxMetadata> ReadMetadataAsync(IBlockDevice file, VhdxRegion region, CancellationToken cancellationToken)
    {
        long start = (long)region.Offset;
        byte[] table = await ReadAsync(file, start, VhdxMetadataTable.Size, cancellationToken).ConfigureAwait(false);
        IReadOnlyDictionary<Guid, VhdxMetadataEntry> entries = VhdxMetadataTable.Read(table, start, region.Length, Path);
        byte[] parameters = await ReadItemAsync(VhdxLayout.FileParametersItem, "file parameters", VhdxMetadata.FileParametersSize).ConfigureAwait(false);
        byte[] size = await ReadItemAsync(VhdxLayout.VirtualDiskSizeItem, "virtual disk size", sizeof(ulong)).ConfigureAwait(false);
        byte[] id = await ReadItemAsync(VhdxLayout.VirtualDiskIdItem, "virtual disk id", 16).ConfigureAwait(false);
        byte[] logical = await ReadItemAsync(VhdxLayout.LogicalSectorSizeItem, "logical sector size", sizeof(uint)).ConfigureAwait(false);
        byte[] physical = await ReadItemAsync(VhdxLayout.PhysicalSectorSizeItem, "physical sector size", sizeof(uint)).ConfigureAwait(false);
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(parameters.AsSpan(sizeof(uint)));
        VhdxParentLocator? locator = null;
        if ((flags & VhdxMetadata.HasParentFlag) != 0)
        {
            byte[] item = await ReadItemAsync(VhdxLayout.ParentLocatorItem, "parent locator", 0).ConfigureAwait(false);
            locator = VhdxParentLocator.Read(item, start + entries[VhdxLayout.ParentLocatorItem].Offset, Path);
        }

        var metadata = new VhdxMetadata
        {
            BlockSize = BinaryPrimitives.ReadUInt32LittleEndian(parameters),
            LeaveBlocksAllocated = (flags & VhdxMetadata.LeaveBlocksAllocatedFlag) != 0,
            HasParent = locator is not null,
            Length = BinaryPrimitives.ReadUInt64LittleEndian(size),
            DiskId = new Guid(id.AsSpan(0, 16)),
            LogicalSectorSize = BinaryPrimitives.ReadUInt32LittleEndian(logical),
            PhysicalSectorSize = BinaryPrimitives.ReadUInt32LittleEndian(physical),
            ParentLocator = locator,
        };
        metadata.Validate(start, Path);
        return metadata;

        async ValueTask<byte[]> ReadItemAsync(Guid item, string name, uint least)
        {
            if (!entries.TryGetValue(item, out VhdxMetadataEntry entry) || entry.Length < least)
            {
                throw VhdxErrors.Invalid("metadata table", start, FormattableString.Invariant($"the {name} is missing or has {entry.Length} bytes, {least} are needed"), "2.6.2", Path);
            }

            return await ReadAsync(file, start + entry.Offset, (int)entry.Length, cancellationToken).ConfigureAwait(false);
        }
    }
}
