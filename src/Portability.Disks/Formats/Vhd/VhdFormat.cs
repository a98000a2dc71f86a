using System.Numerics;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vhd;

/// <summary>VHD, the older image format of Hyper-V and Azure: fixed, dynamic and differencing.</summary>
/// <remarks>Virtual Hard Disk Image Format Specification, version 1.0.</remarks>
public sealed class VhdFormat : IDiskFormat
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "VHD";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".vhd", ".avhd", ".vpc"];

    /// <inheritdoc/>
    public IReadOnlyList<string> CreatableSubFormats { get; } = [nameof(VhdDiskType.Dynamic), nameof(VhdDiskType.Fixed)];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) =>
        VhdFooterReader.FindAtEnd(tail) >= 0 || (head.Length >= VhdFooter.Size && head.StartsWith(VhdFooter.Cookie));

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        VhdFooter footer = await VhdFooterReader.ReadAsync(file, context, cancellationToken).ConfigureAwait(false);
        if (footer.DiskType != VhdDiskType.Fixed)
        {
            return await VhdDynamicReader.OpenAsync(file, footer, context, cancellationToken).ConfigureAwait(false);
        }

        if ((long)footer.CurrentSize > file.Length - VhdFooter.Size + 1)
        {
            throw VhdErrors.Invalid(
                "footer", file.Length - VhdFooter.Size, FormattableString.Invariant($"a fixed disk of {footer.CurrentSize} bytes does not fit the file of {file.Length} bytes"), context.Path);
        }

        return new VhdFixedImage(file, context.Path, footer, writable: false) { ToleratedDamage = context.ToleratedDamage };
    }

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        bool isFixed = string.Equals(DiskCreation.ChooseSubFormat(this, options, path), nameof(VhdDiskType.Fixed), StringComparison.Ordinal);
        long length = DiskCreation.CheckLength(this, options, VhdFooter.MaximumLength, path);
        uint blockSize = (uint)(options.BlockSize ?? VhdDynamicHeader.DefaultBlockSize);
        if (options.LogicalSectorSize != VhdFooter.SectorSize)
        {
            throw DiskCreation.Refuse(this, path, FormattableString.Invariant($"it has sectors of 512 bytes only, {options.LogicalSectorSize} are wanted"), "Choose -Format VHDX.");
        }

        if (!isFixed && (!BitOperations.IsPow2(blockSize) || blockSize is < (512 << 10) or > (256 << 20)))
        {
            throw DiskCreation.Refuse(
                this, path, FormattableString.Invariant($"the block size of {blockSize} bytes is not a power of two from 512 KiB to 256 MiB"), "Leave -BlockSize out, or set it to 512KB or 2MB.");
        }

        VhdFooter footer = VhdFooter.Create(options, length, isFixed ? VhdDiskType.Fixed : VhdDiskType.Dynamic);
        IResizableBlockDevice file = await files.CreateAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            return isFixed
                ? await CreateFixedAsync(file, path, footer, cancellationToken).ConfigureAwait(false)
                : await CreateDynamicAsync(file, path, footer, blockSize, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    internal static DiskIdentity IdentityOf(VhdFooter footer, Guid? parentId) => new()
    {
        DiskId = footer.UniqueId,
        ParentId = parentId,
        Timestamp = footer.Time,
        Creator = footer.Creator.TrimEnd(' ', '\0'),
    };

    private static async ValueTask<IDiskImage> CreateFixedAsync(IResizableBlockDevice file, string path, VhdFooter footer, CancellationToken cancellationToken)
    {
        byte[] end = new byte[VhdFooter.Size];
        footer.Write(end);
        await file.SetLengthAsync((long)footer.CurrentSize + end.Length, cancellationToken).ConfigureAwait(false);
        await file.WriteAsync((long)footer.CurrentSize, end, cancellationToken).ConfigureAwait(false);
        return new VhdFixedImage(file, path, footer, writable: true);
    }

    private static async ValueTask<IDiskImage> CreateDynamicAsync(
        IResizableBlockDevice file, string path, VhdFooter footer, uint blockSize, CancellationToken cancellationToken)
    {
        var header = new VhdDynamicHeader
        {
            TableOffset = VhdFooter.Size + VhdDynamicHeader.Size,
            MaxTableEntries = (uint)(((long)footer.CurrentSize + blockSize - 1) / blockSize),
            BlockSize = blockSize,
        };
        var image = new VhdDynamicWriter(file, path, footer, header);
        await image.FlushAsync(cancellationToken).ConfigureAwait(false);
        return image;
    }
}
