using System.Numerics;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhdx;

/// <summary>VHDX, the image format of Hyper-V: fixed, dynamic and differencing, with a log that is replayed in memory.</summary>
/// <remarks>[MS-VHDX], Virtual Hard Disk v2 (VHDX) File Format.</remarks>
public sealed class VhdxFormat : IDiskFormat
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "VHDX";

    /// <summary>What new files state as their creator.</summary>
    internal const string Creator = "WorkloadPortability";

    /// <summary>Names of the variants.</summary>
    internal const string Fixed = "Fixed", Dynamic = "Dynamic", Differencing = "Differencing";

    private const uint DefaultBlockSize = 32 << 20;
    private const int DefaultPhysicalSectorSize = 4096;

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".vhdx", ".avhdx", ".vhds"];

    /// <inheritdoc/>
    public IReadOnlyList<string> CreatableSubFormats { get; } = [Dynamic, Fixed];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) => head.StartsWith(VhdxLayout.FileSignature);

    /// <inheritdoc/>
    public ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken) =>
        new VhdxReader(context).OpenAsync(file, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        bool isFixed = string.Equals(DiskCreation.ChooseSubFormat(this, options, path), Fixed, StringComparison.Ordinal);
        long length = DiskCreation.CheckLength(this, options, VhdxLayout.MaximumLength, path);
        long blockSize = options.BlockSize ?? DefaultBlockSize;
        if (blockSize is < VhdxLayout.MinimumBlockSize or > VhdxLayout.MaximumBlockSize || !BitOperations.IsPow2(blockSize))
        {
            throw DiskCreation.Refuse(
                this, path, FormattableString.Invariant($"the block size of {blockSize} bytes is not a power of two from 1 to 256 MiB"), "Leave -BlockSize out, or set it to 32MB.");
        }

        int physical = options.PhysicalSectorSize ?? DefaultPhysicalSectorSize;
        if (physical is not (512 or 4096))
        {
            throw DiskCreation.Refuse(this, path, FormattableString.Invariant($"physical sectors of {physical} bytes are not handled"), "Set the physical sector size to 512 or 4096.");
        }

        var metadata = new VhdxMetadata
        {
            BlockSize = (uint)blockSize,
            LeaveBlocksAllocated = isFixed,
            HasParent = false,
            Length = (ulong)length,
            DiskId = options.DiskId ?? DerivedId.Make(options.UniqueId, "VHDX virtual disk"),
            LogicalSectorSize = (uint)options.LogicalSectorSize,
            PhysicalSectorSize = (uint)physical,
        };
        var creator = new VhdxCreator(metadata, options);
        IResizableBlockDevice file = await files.CreateAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            await creator.WriteTablesAsync(file, cancellationToken).ConfigureAwait(false);
            if (!isFixed)
            {
                return new VhdxDynamicWriter(file, path, creator.Header, metadata, creator.OpenTable(file));
            }

            await creator.WriteFixedEntriesAsync(file, cancellationToken).ConfigureAwait(false);
            return new VhdxFixedWriter(file, path, creator.Header, metadata, creator.DataOffset);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal static DiskIdentity IdentityOf(VhdxHeader header, VhdxMetadata metadata, string creator) => new()
    {
        DiskId = metadata.DiskId,
        DataWriteGuid = header.DataWriteGuid,
        FileWriteGuid = header.FileWriteGuid,
        HeaderSequence = header.SequenceNumber,
        ParentId = metadata.ParentLocator?.Linkage,
        Creator = creator,
    };
}
