using System.Buffers.Binary;
using System.Text;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>
/// Writes the tables of a new VHDX. Layout: header section, log at 1 MiB, metadata at 2 MiB, block allocation table at 3 MiB, blocks
/// behind it.
/// </summary>
/// <param name="metadata">The disk, checked.</param>
/// <param name="options">Where the ids come from.</param>
internal sealed class VhdxCreator(VhdxMetadata metadata, DiskCreateOptions options)
{
    private const long LogAt = VhdxLayout.Alignment;
    private const uint LogSize = (uint)VhdxLayout.Alignment;
    private const long MetadataAt = LogAt + LogSize;
    private const uint MetadataSize = (uint)VhdxLayout.Alignment;
    private const long TableAt = MetadataAt + MetadataSize;
    private const int TableChunk = 8192;

    private readonly VhdxBlockGeometry geometry = new(metadata);

    /// <summary>The header that is current.</summary>
    public VhdxHeader Header { get; } = new()
    {
        SequenceNumber = 2,
        FileWriteGuid = DerivedId.Make(options.UniqueId, "VHDX file write"),
        DataWriteGuid = DerivedId.Make(options.UniqueId, "VHDX data write"),
        Version = VhdxHeader.CurrentVersion,
        LogLength = LogSize,
        LogOffset = (ulong)LogAt,
    };

    /// <summary>Offset of the first block in the file, in bytes.</summary>
    public long DataOffset => TableAt + TableSize;

    private uint TableSize => (uint)((((geometry.EntryCount * VhdxBlockAllocationTable.EntrySize) + VhdxLayout.Alignment - 1) / VhdxLayout.Alignment) * VhdxLayout.Alignment);

    /// <summary>Makes the table of a dynamic disk over the new file.</summary>
    /// <param name="file">The file; not owned.</param>
    public VhdxBlockAllocationTable OpenTable(IBlockDevice file) => new(file, TableAt, geometry.EntryCount);

    /// <summary>Writes everything but the entries of blocks.</summary>
    /// <param name="file">The empty file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask WriteTablesAsync(IResizableBlockDevice file, CancellationToken cancellationToken)
    {
        await file.SetLengthAsync(DataOffset, cancellationToken).ConfigureAwait(false);
        byte[] section = new byte[VhdxLayout.Alignment];
        VhdxLayout.FileSignature.CopyTo(section);
        Encoding.Unicode.GetBytes(VhdxFormat.Creator, section.AsSpan(VhdxLayout.FileSignature.Length));
        (Header with { SequenceNumber = 1 }).Write(section.AsSpan((int)VhdxLayout.FirstHeaderAt));
        Header.Write(section.AsSpan((int)VhdxLayout.SecondHeaderAt));
        var table = new VhdxRegion(VhdxLayout.BlockAllocationTableRegion, (ulong)TableAt, TableSize, IsRequired: true);
        var items = new VhdxRegion(VhdxLayout.MetadataRegion, (ulong)MetadataAt, MetadataSize, IsRequired: true);
        VhdxRegionTable.Write(section.AsSpan((int)VhdxLayout.FirstRegionTableAt), table, items);
        VhdxRegionTable.Write(section.AsSpan((int)VhdxLayout.SecondRegionTableAt), table, items);
        await file.WriteAsync(MetadataAt, MetadataRegion(), cancellationToken).ConfigureAwait(false);
        await file.WriteAsync(0, section, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Enters every block of a fixed disk as stored, one behind the other, and makes room for them.</summary>
    /// <param name="file">The file.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async ValueTask WriteFixedEntriesAsync(IResizableBlockDevice file, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[TableChunk * VhdxBlockAllocationTable.EntrySize];
        for (long first = 0; first < geometry.EntryCount; first += TableChunk)
        {
            int count = (int)Math.Min(TableChunk, geometry.EntryCount - first);
            for (int i = 0; i < count; i++)
            {
                long index = first + i;
                bool isBitmap = index % (geometry.ChunkRatio + 1) == geometry.ChunkRatio;
                long block = index - (index / (geometry.ChunkRatio + 1));
                ulong entry = isBitmap ? 0 : new VhdxTableEntry(VhdxBlockState.FullyPresent, DataOffset + (block * geometry.BlockSize)).Value;
                BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * VhdxBlockAllocationTable.EntrySize), entry);
            }

            await file.WriteAsync(
                TableAt + (first * VhdxBlockAllocationTable.EntrySize), bytes.AsMemory(0, count * VhdxBlockAllocationTable.EntrySize), cancellationToken).ConfigureAwait(false);
        }

        await file.SetLengthAsync(DataOffset + (geometry.PayloadCount * geometry.BlockSize), cancellationToken).ConfigureAwait(false);
    }

    private byte[] MetadataRegion()
    {
        const VhdxMetadataFlags OfDisk = VhdxMetadataFlags.IsVirtualDisk | VhdxMetadataFlags.IsRequired;
        byte[] parameters = new byte[VhdxMetadata.FileParametersSize];
        BinaryPrimitives.WriteUInt32LittleEndian(parameters, metadata.BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(
            parameters.AsSpan(sizeof(uint)),
            (metadata.LeaveBlocksAllocated ? VhdxMetadata.LeaveBlocksAllocatedFlag : 0) | (metadata.HasParent ? VhdxMetadata.HasParentFlag : 0));
        byte[] size = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(size, metadata.Length);
        byte[] logical = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(logical, metadata.LogicalSectorSize);
        byte[] physical = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(physical, metadata.PhysicalSectorSize);
        List<(Guid Id, byte[] Value, VhdxMetadataFlags Flags)> values =
        [
            (VhdxLayout.FileParametersItem, parameters, VhdxMetadataFlags.IsRequired),
            (VhdxLayout.VirtualDiskSizeItem, size, OfDisk),
            (VhdxLayout.VirtualDiskIdItem, metadata.DiskId.ToByteArray(), OfDisk),
            (VhdxLayout.LogicalSectorSizeItem, logical, OfDisk),
            (VhdxLayout.PhysicalSectorSizeItem, physical, OfDisk),
        ];
        if (metadata.ParentLocator is { } locator)
        {
            values.Add((VhdxLayout.ParentLocatorItem, locator.Write(), VhdxMetadataFlags.IsRequired));
        }

        byte[] region = new byte[MetadataSize];
        var entries = new List<VhdxMetadataEntry>();
        uint at = VhdxMetadataTable.Size;
        foreach ((Guid id, byte[] value, VhdxMetadataFlags flags) in values)
        {
            value.CopyTo(region.AsSpan((int)at));
            entries.Add(new VhdxMetadataEntry(id, at, (uint)value.Length, flags));
            at += (uint)value.Length;
        }

        VhdxMetadataTable.Write(region, entries);
        return region;
    }
}
