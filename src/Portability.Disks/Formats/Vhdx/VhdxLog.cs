namespace Portability.Disks.Formats.Vhdx;

/// <summary>The log of a VHDX in memory: finds the entries that must be replayed.</summary>
/// <remarks>[MS-VHDX] 2.3.2 (log sequence) and 2.3.3 (log replay). Entries may run over the end of the log to its start.</remarks>
internal sealed class VhdxLog
{
    /// <summary>Longest log that is replayed, in bytes. Hyper-V and QEMU make logs of 1 MiB.</summary>
    public const uint MaximumLength = 64 << 20;

    // Entries of a real log hardly overlap; entries made to overlap would cost the square of the log's length.
    private const int ChecksumBudget = 4;
    private const long LeastChecksumBudget = 64 << 20;

    private const int SectorSize = VhdxLogEntryHeader.SectorSize;

    private readonly byte[] log;
    private readonly Guid id;
    private readonly bool[] tested;
    private readonly VhdxLogEntryHeader?[] entries;
    private long budget;

    /// <summary>Initialises a log.</summary>
    /// <param name="log">Bytes of the log, a multiple of 4 KiB; not changed.</param>
    /// <param name="id">Id that its entries must have.</param>
    public VhdxLog(byte[] log, Guid id)
    {
        this.log = log;
        this.id = id;
        tested = new bool[log.Length / SectorSize];
        entries = new VhdxLogEntryHeader?[tested.Length];
        budget = Math.Max((long)log.Length * ChecksumBudget, LeastChecksumBudget);
    }

    /// <summary>Finds the active sequence: of all runs of valid entries with rising numbers that hold their own tail, the newest.</summary>
    /// <returns>Offsets of its entries in the log and their headers, oldest first; from the tail on. Empty if there is none.</returns>
    public IReadOnlyList<(int Offset, VhdxLogEntryHeader Header)> FindActiveSequence()
    {
        List<(int Offset, VhdxLogEntryHeader Header)> best = [];
        int tail = 0;
        while (true)
        {
            List<(int Offset, VhdxLogEntryHeader Header)> sequence = ReadSequence(tail, out int next);
            int first = sequence.Count == 0 ? -1 : sequence.FindIndex(entry => entry.Offset == sequence[^1].Header.Tail);
            if (first >= 0 && (best.Count == 0 || sequence[^1].Header.SequenceNumber > best[^1].Header.SequenceNumber))
            {
                best = sequence[first..];
            }

            // From a sequence that counts, search on behind it; else one sector on.
            int following = first >= 0 ? next : (tail + SectorSize) % log.Length;
            if (following <= tail)
            {
                return best;
            }

            tail = following;
        }
    }

    /// <summary>Lists what an entry writes.</summary>
    /// <param name="offset">Offset of a valid entry in the log.</param>
    /// <param name="header">Its header.</param>
    /// <returns>Descriptors, each with the offset of its data sector in the log, or -1.</returns>
    public IEnumerable<(VhdxLogDescriptor Descriptor, int DataOffset)> ReadWrites(int offset, VhdxLogEntryHeader header)
    {
        int data = (int)(offset + (header.DescriptorSectors * SectorSize)) % log.Length;
        for (int i = 0; i < header.DescriptorCount; i++)
        {
            int at = (offset + VhdxLogEntryHeader.Size + (i * VhdxLogDescriptor.Size)) % log.Length;
            VhdxLogDescriptor.TryRead(log.AsSpan(at), out VhdxLogDescriptor descriptor);
            yield return (descriptor, descriptor.IsZero ? -1 : data);
            data = descriptor.IsZero ? data : (data + SectorSize) % log.Length;
        }
    }

    private List<(int Offset, VhdxLogEntryHeader Header)> ReadSequence(int start, out int next)
    {
        List<(int Offset, VhdxLogEntryHeader Header)> sequence = [];
        long covered = 0;
        next = start;
        while (ReadEntry(next) is { } header
            && (sequence.Count == 0 || header.SequenceNumber == sequence[^1].Header.SequenceNumber + 1)
            && covered + header.EntryLength <= log.Length)
        {
            sequence.Add((next, header));
            covered += header.EntryLength;
            next = (int)((next + header.EntryLength) % log.Length);
        }

        return sequence;
    }

    private VhdxLogEntryHeader? ReadEntry(int offset)
    {
        int sector = offset / SectorSize;
        if (!tested[sector])
        {
            tested[sector] = true;
            VhdxLogEntryHeader header = VhdxLogEntryHeader.Read(log.AsSpan(offset));
            entries[sector] = VhdxLogEntryHeader.HasSignature(log.AsSpan(offset)) && IsValid(offset, header) ? header : null;
        }

        return entries[sector];
    }

    private bool IsValid(int offset, VhdxLogEntryHeader header)
    {
        if (header.LogGuid != id
            || header.EntryLength == 0
            || header.EntryLength % SectorSize != 0
            || header.EntryLength > log.Length
            || header.Tail % SectorSize != 0
            || header.Tail >= log.Length
            || header.SequenceNumber == 0
            || header.DescriptorSectors * SectorSize > header.EntryLength)
        {
            return false;
        }

        budget -= header.EntryLength;
        return budget >= 0 && Checksum(offset, header) == header.Checksum && HasValidParts(offset, header);
    }

    private uint Checksum(int offset, VhdxLogEntryHeader header)
    {
        int length = (int)header.EntryLength;
        int first = Math.Min(length, log.Length - offset);
        uint checksum = VhdxChecksum.Compute(log.AsSpan(offset, first), VhdxLogEntryHeader.ChecksumAt);
        return Core.Checksums.Crc32C.Append(checksum, log.AsSpan(0, length - first));
    }

    private bool HasValidParts(int offset, VhdxLogEntryHeader header)
    {
        int data = (int)(offset + (header.DescriptorSectors * SectorSize)) % log.Length;
        long dataSectors = 0;
        for (int i = 0; i < header.DescriptorCount; i++)
        {
            int at = (offset + VhdxLogEntryHeader.Size + (i * VhdxLogDescriptor.Size)) % log.Length;
            if (!VhdxLogDescriptor.TryRead(log.AsSpan(at), out VhdxLogDescriptor descriptor)
                || descriptor.SequenceNumber != header.SequenceNumber
                || descriptor.FileOffset % SectorSize != 0
                || descriptor.FileOffset > long.MaxValue / 2
                || (descriptor.IsZero && (descriptor.LeadingBytes % SectorSize != 0 || descriptor.LeadingBytes > long.MaxValue / 2)))
            {
                return false;
            }

            if (!descriptor.IsZero)
            {
                if ((header.DescriptorSectors + ++dataSectors) * SectorSize > header.EntryLength
                    || !VhdxLogSector.Belongs(log.AsSpan(data, SectorSize), header.SequenceNumber))
                {
                    return false;
                }

                data = (data + SectorSize) % log.Length;
            }
        }

        return true;
    }
}
