using System.Buffers.Binary;

namespace Portability.FileSystems.Fat;

/// <summary>
/// The file allocation table that is in use: for each cluster the next one of its chain. It is read by windows and never held whole. Safe for several threads.
/// </summary>
/// <remarks>Microsoft FAT specification, section 4; Microsoft exFAT specification, section 4.</remarks>
internal sealed class FatTable(FatReader reader, FatGeometry geometry)
{
    /// <summary>Section of both specifications.</summary>
    public const string Section = "section 4";

    private const string Structure = "FAT";
    private const int Alignment = 512;

    /// <summary>Where the parts of the volume lie.</summary>
    public FatGeometry Geometry => geometry;

    /// <summary>Bits of an entry that hold a number.</summary>
    public static uint Mask(FatType type) => type switch
    {
        FatType.Fat12 => 0xFFF,
        FatType.Fat16 => 0xFFFF,
        FatType.Fat32 => 0x0FFFFFFF,
        _ => 0xFFFFFFFF,
    };

    /// <summary>Bits that an entry takes.</summary>
    public static int Width(FatType type) => type switch { FatType.Fat12 => 12, FatType.Fat16 => 16, _ => 32 };

    /// <summary>Offset of the entry of a cluster in the volume, in bytes.</summary>
    public long OffsetOf(uint cluster) => geometry.FatOffset + PlaceOf(cluster);

    /// <summary>Tells whether an entry ends a chain: the last eight values for FAT, the very last for exFAT.</summary>
    public bool IsEnd(uint entry) => entry >= (geometry.Type == FatType.ExFat ? uint.MaxValue : Mask(geometry.Type) - 7);

    /// <summary>Tells whether an entry marks a bad cluster.</summary>
    public bool IsBad(uint entry) => entry == Mask(geometry.Type) - 8;

    /// <summary>Reads an entry.</summary>
    /// <param name="cluster">The cluster; 0 and 1 have entries too.</param>
    /// <param name="window">The caller's window.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry without its reserved bits.</returns>
    public async ValueTask<uint> ReadAsync(uint cluster, FatWindow window, CancellationToken cancellationToken)
    {
        long at = PlaceOf(cluster);
        int size = (Width(geometry.Type) + 7) / 8;
        if (!window.Holds(at, size))
        {
            window.Count = 0;
            long start = at & -Alignment;
            int count = (int)Math.Min(FatWindow.Size, geometry.FatLength - start);
            await reader.ReadStructureAsync(geometry.FatOffset + start, window.Buffer.AsMemory(0, count), Structure, Section, cancellationToken).ConfigureAwait(false);
            (window.Start, window.Count) = (start, count);
        }

        ReadOnlySpan<byte> bytes = window.Buffer.AsSpan((int)(at - window.Start), size);
        return geometry.Type switch
        {
            FatType.Fat12 => (uint)(BinaryPrimitives.ReadUInt16LittleEndian(bytes) >> ((cluster & 1) == 0 ? 0 : 4)) & 0xFFF,
            FatType.Fat16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            _ => BinaryPrimitives.ReadUInt32LittleEndian(bytes) & Mask(geometry.Type),
        };
    }

    /// <summary>Reads the entry of a cluster in a chain.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="window">The caller's window.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The next cluster; 0 at the end of the chain.</returns>
    /// <exception cref="InvalidFormatException">The chain leads to what is no cluster of a file.</exception>
    public async ValueTask<uint> NextAsync(uint cluster, FatWindow window, CancellationToken cancellationToken)
    {
        uint next = await ReadAsync(cluster, window, cancellationToken).ConfigureAwait(false);
        if (IsEnd(next))
        {
            return 0;
        }

        if (geometry.HasCluster(next) && !IsBad(next))
        {
            return next;
        }

        string fact = next == 0 ? "is free"
            : IsBad(next) ? "is bad"
            : FormattableString.Invariant($"leads to {next}; the clusters are {FatGeometry.FirstCluster} to {geometry.ClusterCount + 1L}");
        throw reader.Invalid(Structure, OffsetOf(cluster), FormattableString.Invariant($"a chain is broken: cluster {cluster} of it {fact}"), Section);
    }

    /// <summary>Follows a chain to its end: a chain without one is refused, whatever its user needs of it.</summary>
    /// <param name="first">Its first cluster.</param>
    /// <param name="owner">Offset of the record that names it, in bytes.</param>
    /// <param name="maximum">Most clusters that it may have.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It is broken, endless or too long.</exception>
    public async ValueTask<ClusterChain> FollowAsync(uint first, long owner, long maximum, CancellationToken cancellationToken)
    {
        if (!geometry.HasCluster(first))
        {
            throw NoCluster(first, owner);
        }

        var window = new FatWindow();
        var marks = new List<uint>();
        bool contiguous = true;
        long count = 0;

        // Brent: the chain is endless if and only if it comes back to a cluster that was noted at a power of two.
        uint noted = first;
        long steps = 0;
        long until = 1;
        for (uint cluster = first; cluster != 0;)
        {
            if (count % ClusterChain.Stride == 0)
            {
                marks.Add(cluster);
                cancellationToken.ThrowIfCancellationRequested();
            }

            count++;
            uint next = await NextAsync(cluster, window, cancellationToken).ConfigureAwait(false);
            if (next == noted || count > geometry.ClusterCount)
            {
                throw reader.Invalid(Structure, OffsetOf(cluster), FormattableString.Invariant($"the chain from cluster {first} on has no end: it leads back to {next}"), Section);
            }

            if (next != 0 && count >= maximum)
            {
                throw reader.Invalid(
                    Structure, OffsetOf(cluster), FormattableString.Invariant($"the chain from cluster {first} on has more than the {maximum} clusters that it may have"), Section);
            }

            if (++steps == until)
            {
                (noted, steps, until) = (next, 0, until * 2);
            }

            contiguous &= next == 0 || next == cluster + 1;
            cluster = next;
        }

        return contiguous ? ClusterChain.Contiguous(first, count) : new ClusterChain(first, count, [.. marks]);
    }

    /// <summary>Makes the error for a record that names no cluster.</summary>
    /// <param name="cluster">What it names.</param>
    /// <param name="owner">Offset of the record, in bytes.</param>
    public InvalidFormatException NoCluster(uint cluster, long owner) => reader.Invalid(
        "directory record",
        owner,
        FormattableString.Invariant($"its first cluster is {cluster}; the clusters are {FatGeometry.FirstCluster} to {geometry.ClusterCount + 1L}"),
        Section);

    private long PlaceOf(uint cluster) => (long)cluster * Width(geometry.Type) / 8;
}
