namespace Portability.FileSystems.Fat;

/// <summary>Puts a long name together from its records, and gives it only to the directory record that it belongs to. Of one listing.</summary>
/// <remarks>Microsoft FAT specification, section 7.</remarks>
internal sealed class LongNameAssembler
{
    private readonly byte[] units = new byte[LongNameRecord.MaximumCount * LongNameRecord.UnitCount * 2];
    private int count;
    private int awaited; // order of the part that must come next; 0 when the name is whole; -1 without a name
    private byte checksum;

    /// <summary>Initialises it without a name.</summary>
    public LongNameAssembler() => Clear();

    /// <summary>Forgets what came so far: a free record or another one was between.</summary>
    public void Clear() => awaited = -1;

    /// <summary>Takes the next long-name record.</summary>
    /// <param name="record">The record.</param>
    public void Add(ReadOnlySpan<byte> record)
    {
        int order = LongNameRecord.Order(record);
        if (order is 0 or > LongNameRecord.MaximumCount || LongNameRecord.Type(record) != 0)
        {
            Clear();
            return;
        }

        if (LongNameRecord.IsLast(record))
        {
            count = order;
            checksum = LongNameRecord.Checksum(record);
        }
        else if (order != awaited || LongNameRecord.Checksum(record) != checksum)
        {
            Clear();
            return;
        }

        LongNameRecord.CopyUnits(record, units.AsSpan((order - 1) * LongNameRecord.UnitCount * 2));
        awaited = order - 1;
    }

    /// <summary>Takes the name for a directory record, and forgets it.</summary>
    /// <param name="shortName">The record's short name.</param>
    /// <returns>The long name; null where there is none, it is not whole, it is another record's, or it is no name (`.` or `..` are none).</returns>
    public NodeName? Take(in ShortName shortName)
    {
        bool fits = awaited == 0 && checksum == shortName.Checksum;
        Clear();
        if (!fits)
        {
            return null;
        }

        int length = 0;
        while (length < count * LongNameRecord.UnitCount && LongNameRecord.UnitAt(units, length) != 0)
        {
            length++;
        }

        // An end before the last record, or a name without a unit, is not what a writer makes.
        if (length == 0 || length < (count - 1) * LongNameRecord.UnitCount || length > LongNameRecord.MaximumUnits)
        {
            return null;
        }

        NodeName name = NodeName.FromUtf16(units.AsSpan(0, length * 2));
        return name.ToString() is "." or ".." ? null : name;
    }
}
