using System.Buffers.Binary;
using System.Text;

namespace Portability.FileSystems.Volumes;

/// <summary>Names volumes whose content is not read: by their magic numbers, with their identity where the first bytes tell it. Pure functions of bytes.</summary>
/// <remarks>
/// On-disk formats as published: XFS (xfs_sb), Btrfs (btrfs_super_block at 64 KiB), LUKS 1 and 2, LVM2 (LABELONE), Linux swap, md 1.1 and 1.2, BitLocker (-FVE-FS-), ReFS, APFS
/// (NXSB), HFS+, ZFS (uberblocks from 128 KiB), bcache, F2FS, SquashFS, ISO 9660.
/// </remarks>
public static class KnownVolumes
{
    /// <summary>Type of a physical volume of LVM2.</summary>
    public const string LogicalVolumeManager = "LVM2";

    private const int SectorSize = 512;
    private const int BtrfsAt = 0x10000;
    private const int UberblocksAt = 0x20000;
    private static readonly int[] PageSizes = [4096, 8192, 16384, 65536];

    /// <summary>Names a volume.</summary>
    /// <param name="head">Its first bytes: see <see cref="VolumeProbe"/>.</param>
    /// <returns>Null if nothing that is known begins there.</returns>
    public static VolumeIdentity? Identify(ReadOnlySpan<byte> head) =>
        IdentifyAtStart(head)
        ?? IdentifyLvm(head)
        ?? IdentifySwap(head)
        ?? IdentifyMd(head)
        ?? (Has(head, BtrfsAt + 0x40, "_BHRfS_M"u8) ? new VolumeIdentity("Btrfs", Uuid(head, BtrfsAt + 0x20), Text(head, BtrfsAt + 0x12B, 256)) : null)
        ?? (Has(head, 1024, [0x10, 0x20, 0xF5, 0xF2]) ? new VolumeIdentity("F2FS", Uuid(head, 1024 + 0x6C), string.Empty) : null)
        ?? (Has(head, 1024, "H+"u8) || Has(head, 1024, "HX"u8) ? new VolumeIdentity("HFS+", string.Empty, string.Empty) : null)
        ?? (Has(head, 4096 + 24, [0xC6, 0x85, 0x73, 0xF6]) ? new VolumeIdentity("bcache", Uuid(head, 4096 + 40), string.Empty) : null)
        ?? (Has(head, 0x8001, "CD001"u8) ? new VolumeIdentity("ISO 9660", string.Empty, Text(head, 0x8028, 32).Trim()) : null)
        ?? IdentifyZfs(head);

    private static VolumeIdentity? IdentifyAtStart(ReadOnlySpan<byte> head)
    {
        if (Has(head, 0, "XFSB"u8))
        {
            return new VolumeIdentity("XFS", Uuid(head, 32), Text(head, 108, 12));
        }

        if (Has(head, 0, [0x4C, 0x55, 0x4B, 0x53, 0xBA, 0xBE]))
        {
            bool isSecond = head.Length > 7 && BinaryPrimitives.ReadUInt16BigEndian(head[6..]) >= 2;
            return new VolumeIdentity("LUKS", Text(head, 168, 40), isSecond ? Text(head, 24, 48) : string.Empty);
        }

        if (Has(head, 3, "-FVE-FS-"u8) || Has(head, 3, "MSWIN4.1"u8) && Has(head, 424, [0x3B, 0xD6, 0x67, 0x49]))
        {
            return new VolumeIdentity("BitLocker", string.Empty, string.Empty);
        }

        if (Has(head, 3, [0x52, 0x65, 0x46, 0x53, 0, 0, 0, 0]))
        {
            return new VolumeIdentity("ReFS", head.Length >= 0x40 ? FormattableString.Invariant($"{BinaryPrimitives.ReadUInt64LittleEndian(head[0x38..]):X16}") : string.Empty, string.Empty);
        }

        if (Has(head, 3, "NTFS    "u8))
        {
            return new VolumeIdentity("NTFS", head.Length >= 0x50 ? FormattableString.Invariant($"{BinaryPrimitives.ReadUInt64LittleEndian(head[0x48..]):X16}") : string.Empty, string.Empty);
        }

        return Has(head, 32, "NXSB"u8) ? new VolumeIdentity("APFS", Uuid(head, 72), string.Empty)
            : Has(head, 0, "hsqs"u8) ? new VolumeIdentity("SquashFS", string.Empty, string.Empty)
            : null;
    }

    // The label lies in one of the first four sectors.
    private static VolumeIdentity? IdentifyLvm(ReadOnlySpan<byte> head)
    {
        for (int at = 0; at < 4 * SectorSize; at += SectorSize)
        {
            if (Has(head, at, "LABELONE"u8) && Has(head, at + 24, "LVM2 001"u8))
            {
                string id = Text(head, at + 32, 32);
                return new VolumeIdentity(LogicalVolumeManager, id.Length == 32 ? $"{id[..6]}-{id[6..10]}-{id[10..14]}-{id[14..18]}-{id[18..22]}-{id[22..26]}-{id[26..]}" : string.Empty, string.Empty);
            }
        }

        return null;
    }

    private static VolumeIdentity? IdentifySwap(ReadOnlySpan<byte> head)
    {
        foreach (int page in PageSizes)
        {
            if (Has(head, page - 10, "SWAPSPACE2"u8) || Has(head, page - 10, "SWAP-SPACE"u8))
            {
                return new VolumeIdentity("swap", Uuid(head, 1036), Text(head, 1052, 16));
            }

            if (Has(head, page - 10, "S1SUSPEND"u8) || Has(head, page - 10, "S2SUSPEND"u8) || Has(head, page - 10, "ULSUSPEND"u8))
            {
                return new VolumeIdentity("swap with a sleeping system", Uuid(head, 1036), Text(head, 1052, 16));
            }
        }

        return null;
    }

    private static VolumeIdentity? IdentifyMd(ReadOnlySpan<byte> head)
    {
        foreach (int at in (ReadOnlySpan<int>)[0, 4096])
        {
            if (Has(head, at, [0xFC, 0x4E, 0x2B, 0xA9]) && head.Length >= at + 64 && BinaryPrimitives.ReadUInt32LittleEndian(head[(at + 4)..]) == 1)
            {
                return new VolumeIdentity("Linux RAID", Uuid(head, at + 16), Text(head, at + 32, 32));
            }
        }

        return null;
    }

    private static VolumeIdentity? IdentifyZfs(ReadOnlySpan<byte> head)
    {
        for (int at = UberblocksAt; at + 8 <= head.Length; at += 1024)
        {
            ulong magic = BinaryPrimitives.ReadUInt64LittleEndian(head[at..]);
            if (magic is 0x00BAB10C or 0x0CB1BA0000000000)
            {
                return new VolumeIdentity("ZFS", string.Empty, string.Empty);
            }
        }

        return null;
    }

    private static bool Has(ReadOnlySpan<byte> head, int at, ReadOnlySpan<byte> magic) => head.Length >= at + magic.Length && head.Slice(at, magic.Length).SequenceEqual(magic);

    private static string Uuid(ReadOnlySpan<byte> head, int at) => head.Length >= at + 16 ? new Guid(head.Slice(at, 16), bigEndian: true).ToString("D") : string.Empty;

    private static string Text(ReadOnlySpan<byte> head, int at, int size)
    {
        if (head.Length < at + size)
        {
            return string.Empty;
        }

        ReadOnlySpan<byte> field = head.Slice(at, size);
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }
}
