using System.Buffers.Binary;
using Portability.Disks.Formats.Vhdx;

namespace Portability.Disks.Tests.Formats.Vhdx;

/// <summary>Writes logs into the bytes of a VHDX, as a program leaves them that was cut off before it wrote in place.</summary>
internal sealed class VhdxLogWriter
{
    public const int LogAt = 1 << 20;
    public const int LogSize = 1 << 20;
    public const int SectorSize = VhdxLogEntryHeader.SectorSize;

    private readonly byte[] file;
    private readonly Guid id;
    private int next;

    public VhdxLogWriter(byte[] file, Guid id, int start)
    {
        this.file = file;
        this.id = id;
        next = start;
    }

    /// <summary>Offset in the log of the entry that will be written next.</summary>
    public int Next => next;

    /// <summary>Appends an entry; returns its offset in the log.</summary>
    public int Append(ulong sequence, int tail, long flushed, long last, params (long Offset, byte[]? Sector, long ZeroLength)[] writes)
    {
        int descriptorSectors = (VhdxLogEntryHeader.Size + (writes.Length * VhdxLogDescriptor.Size) + SectorSize - 1) / SectorSize;
        byte[] entry = new byte[(descriptorSectors + writes.Count(write => write.Sector is not null)) * SectorSize];
        new VhdxLogEntryHeader
        {
            EntryLength = (uint)entry.Length,
            Tail = (uint)tail,
            SequenceNumber = sequence,
            DescriptorCount = (uint)writes.Length,
            LogGuid = id,
            FlushedFileOffset = (ulong)flushed,
            LastFileOffset = (ulong)last,
        }.Write(entry);
        int data = descriptorSectors * SectorSize;
        for (int i = 0; i < writes.Length; i++)
        {
            (long offset, byte[]? sector, long zeroLength) = writes[i];
            VhdxLogDescriptor descriptor = sector is null
                ? new VhdxLogDescriptor(IsZero: true, 0, (ulong)zeroLength, (ulong)offset, sequence)
                : VhdxLogSector.Store(sector, (ulong)offset, sequence, entry.AsSpan(data, SectorSize));
            data += sector is null ? 0 : SectorSize;
            descriptor.Write(entry.AsSpan(VhdxLogEntryHeader.Size + (i * VhdxLogDescriptor.Size)));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(VhdxLogEntryHeader.ChecksumAt), VhdxChecksum.Compute(entry, VhdxLogEntryHeader.ChecksumAt));
        int at = next;
        for (int i = 0; i < entry.Length; i += SectorSize)
        {
            entry.AsSpan(i, SectorSize).CopyTo(file.AsSpan(LogAt + ((at + i) % LogSize)));
        }

        next = (at + entry.Length) % LogSize;
        return at;
    }

    /// <summary>Names the log in the current header, so that it must be replayed; an empty id says that there is nothing to replay.</summary>
    public static void SetLog(byte[] file, Guid id)
    {
        Span<byte> bytes = file.AsSpan((int)VhdxLayout.SecondHeaderAt);
        (VhdxHeader.Read(bytes) with { LogGuid = id }).Write(bytes);
    }
}
