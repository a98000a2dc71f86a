using Portability.Disks.Blocks;

namespace Portability.FileSystems.Fat;

/// <summary>Reads a volume inside its bounds: what would lie behind its end is a damage of the structure that names it, and is never read. Safe for several threads.</summary>
internal sealed class FatReader : IAsyncDisposable
{
    private const long CachedBytes = 4 << 20; // FAT and directories are looked at again and again
    private readonly IBlockDevice device;
    private readonly CachingBlockDevice cached;

    /// <summary>Initialises a reader.</summary>
    /// <param name="device">The volume; owned from now on.</param>
    /// <param name="format">Name of the format for errors.</param>
    /// <param name="specification">Name of its specification for errors.</param>
    public FatReader(IBlockDevice device, string format, string specification)
    {
        this.device = device;
        cached = new CachingBlockDevice(device, CachedBytes);
        Format = format;
        Specification = specification;
    }

    /// <summary>Name of the format.</summary>
    public string Format { get; }

    /// <summary>Name of its specification.</summary>
    public string Specification { get; }

    /// <summary>What the volume is called in messages.</summary>
    public string Name => device.Name;

    /// <summary>Bytes that the device has.</summary>
    public long Length => device.Length;

    /// <summary>Reads a structure.</summary>
    /// <param name="offset">Offset in the volume, in bytes.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="structure">Its name in the specification's words.</param>
    /// <param name="section">Section of the specification.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It does not lie inside the device.</exception>
    public ValueTask ReadStructureAsync(long offset, Memory<byte> buffer, string structure, string section, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length, structure, section);
        return cached.ReadAsync(offset, buffer, cancellationToken);
    }

    /// <summary>Reads content of a file; small parts with what lies around them, which is mostly asked for next.</summary>
    /// <param name="offset">Offset in the volume, in bytes.</param>
    /// <param name="buffer">Buffer to fill.</param>
    /// <param name="section">Section of the specification.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It does not lie inside the device.</exception>
    public ValueTask ReadContentAsync(long offset, Memory<byte> buffer, string section, CancellationToken cancellationToken)
    {
        Check(offset, buffer.Length, "cluster", section);
        return (buffer.Length < CachingBlockDevice.PageSize ? cached : device).ReadAsync(offset, buffer, cancellationToken);
    }

    /// <summary>Tells whether the device holds all of a volume; its clusters must begin on it.</summary>
    /// <param name="geometry">The volume.</param>
    /// <param name="structure">Structure that says where they begin.</param>
    /// <param name="section">Section of the specification.</param>
    /// <param name="findings">Told if a part lies behind the end.</param>
    /// <exception cref="InvalidFormatException">No cluster is on the device.</exception>
    public bool Holds(FatGeometry geometry, string structure, string section, ICollection<string> findings)
    {
        if (geometry.HeapOffset > Length)
        {
            throw Invalid(structure, 0, FormattableString.Invariant($"the clusters begin at byte {geometry.HeapOffset}, the device has {Length} bytes"), section);
        }

        if (geometry.Length <= Length)
        {
            return true;
        }

        findings.Add(FormattableString.Invariant($"The volume says that it has {geometry.Length} bytes, its device has {Length}: what lies behind cannot be read."));
        return false;
    }

    /// <summary>Makes the error for bytes that do not follow the specification.</summary>
    /// <param name="structure">Structure in the specification's words.</param>
    /// <param name="offset">Its offset in the volume, in bytes.</param>
    /// <param name="fact">What is wrong, with numbers.</param>
    /// <param name="section">Section of the specification.</param>
    public InvalidFormatException Invalid(string structure, long offset, string fact, string section) => new(
        Format,
        structure,
        offset,
        fact,
        Specification + ", " + section,
        Name,
        "Check the volume with the system that wrote it (chkdsk, fsck), and capture it again.");

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => cached.DisposeAsync();

    private void Check(long offset, int count, string structure, string section)
    {
        if (offset < 0 || offset > Length - count)
        {
            throw Invalid(structure, offset, FormattableString.Invariant($"{count} bytes do not lie inside the device of {Length} bytes"), section);
        }
    }
}
