using System.Buffers.Binary;
using System.Text;

namespace Portability.FileSystems.Lvm;

/// <summary>Label and header of a physical volume: in one of the first four sectors. Little-endian.</summary>
/// <remarks>LVM2 on-disk format, `struct label_header`, `struct pv_header`, `struct disk_locn`.</remarks>
internal sealed record PhysicalVolumeLabel
{
    /// <summary>Bytes from the start of the volume that may hold it.</summary>
    public const int SearchSize = 4 * SectorSize;

    private const int SectorSize = 512;
    private const int NumberAt = 8, ChecksumAt = NumberAt + 8, HeaderOffsetAt = ChecksumAt + 4, TypeAt = HeaderOffsetAt + 4;
    private const int IdSize = 32, AreasAt = IdSize + 8, AreaSize = 16;

    /// <summary>Its id, 32 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Offsets and sizes of its metadata areas, in bytes.</summary>
    public required IReadOnlyList<(long Offset, long Size)> MetadataAreas { get; init; }

    /// <summary>Looks for a label.</summary>
    /// <param name="head">The first bytes of the volume.</param>
    /// <param name="volume">Name of the volume, for errors.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="InvalidFormatException">There is one, and it is damaged.</exception>
    public static PhysicalVolumeLabel? TryRead(ReadOnlySpan<byte> head, string volume)
    {
        for (int at = 0; at + SectorSize <= Math.Min(head.Length, SearchSize); at += SectorSize)
        {
            ReadOnlySpan<byte> sector = head.Slice(at, SectorSize);
            if (sector.StartsWith("LABELONE"u8) && sector[TypeAt..].StartsWith("LVM2 001"u8))
            {
                return Read(sector, at, volume);
            }
        }

        return null;
    }

    private static PhysicalVolumeLabel Read(ReadOnlySpan<byte> sector, int at, string volume)
    {
        uint stored = BinaryPrimitives.ReadUInt32LittleEndian(sector[ChecksumAt..]), computed = LvmChecksum.Compute(sector[HeaderOffsetAt..]);
        int header = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(sector[HeaderOffsetAt..]), SectorSize);
        if (stored != computed || BinaryPrimitives.ReadUInt64LittleEndian(sector[NumberAt..]) != (ulong)(at / SectorSize) || header > SectorSize - AreasAt)
        {
            throw LvmErrors.Invalid(volume, "label", at, FormattableString.Invariant($"its checksum is 0x{stored:X8} and should be 0x{computed:X8}, its header lies at {header}"));
        }

        var areas = new List<(long, long)>();
        int lists = 0;
        for (int area = header + AreasAt; area + AreaSize <= SectorSize && lists < 2; area += AreaSize)
        {
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(sector[area..]), size = BinaryPrimitives.ReadUInt64LittleEndian(sector[(area + 8)..]);
            if (offset == 0)
            {
                lists++; // data areas come first, then those of metadata
            }
            else if (lists == 1)
            {
                areas.Add(((long)Math.Min(offset, long.MaxValue), (long)Math.Min(size, long.MaxValue)));
            }
        }

        return new PhysicalVolumeLabel { Id = Encoding.ASCII.GetString(sector.Slice(header, IdSize)), MetadataAreas = areas };
    }
}
