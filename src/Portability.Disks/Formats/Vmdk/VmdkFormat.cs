using System.Buffers.Binary;
using Portability.Disks.Blocks;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>VMware's format: hosted sparse, flat and stream-optimized disks are read, monolithicFlat ones are written.</summary>
/// <remarks>VMware Virtual Disk Format 5.0.</remarks>
public sealed class VmdkFormat : IDiskFormat
{
    /// <summary>The format's name.</summary>
    public const string FormatName = "VMDK";

    /// <summary>The variant that is written.</summary>
    public const string MonolithicFlat = "monolithicFlat";

    /// <inheritdoc/>
    public string Name => FormatName;

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".vmdk"];

    /// <inheritdoc/>
    public IReadOnlyList<string> CreatableSubFormats { get; } = [MonolithicFlat];

    /// <inheritdoc/>
    public bool TryDetect(ReadOnlySpan<byte> head, ReadOnlySpan<byte> tail) =>
        IsSparse(head) || VmdkFeatureChecks.IsForeignExtent(head) || VmdkDescriptor.IsText(head);

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> OpenAsync(IBlockDevice file, DiskOpenContext context, CancellationToken cancellationToken)
    {
        string target = context.Path ?? file.Name;
        byte[] head = new byte[(int)Math.Min(DiskFormatRegistry.HeadSize, file.Length)];
        await file.ReadAsync(0, head, cancellationToken).ConfigureAwait(false);
        VmdkFeatureChecks.CheckFile(head, target);
        bool isEmbedded = IsSparse(head);
        VmdkDescriptor descriptor = VmdkDescriptor.Parse(
            isEmbedded
                ? await ReadEmbeddedAsync(file, target, cancellationToken).ConfigureAwait(false)
                : await ReadTextAsync(file, head, target, cancellationToken).ConfigureAwait(false));
        if (isEmbedded && descriptor.Extents.Count == 0)
        {
            throw NoDescriptor(target);
        }

        VmdkFeatureChecks.CheckDescriptor(descriptor, target);
        VmdkExtent[] extents = await VmdkExtents.OpenAsync(descriptor, file, isEmbedded, context, cancellationToken).ConfigureAwait(false);
        try
        {
            IDiskImage? parent = await OpenParentAsync(descriptor, context, target, cancellationToken).ConfigureAwait(false);
            return new VmdkImage(file, context.Path, descriptor, extents, parent) { ToleratedDamage = context.ToleratedDamage };
        }
        catch
        {
            foreach (IBlockDevice other in extents.Select(extent => extent.File).OfType<IBlockDevice>().Where(other => other != file))
            {
                await other.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IDiskImage> CreateAsync(IDiskFiles files, string path, DiskCreateOptions options, CancellationToken cancellationToken)
    {
        VmdkFlatLayout layout = VmdkFlatLayout.Plan(this, options, path);
        if (files.Exists(layout.ExtentPath))
        {
            throw new StorageException(
                "FileExists",
                ErrorKind.Exists,
                $"Failed to create '{path}': its extent file '{layout.ExtentPath}' exists already.",
                "Choose another name, or remove the file with Remove-Item.",
                layout.ExtentPath);
        }

        IResizableBlockDevice descriptor = await files.CreateAsync(path, cancellationToken).ConfigureAwait(false);
        IResizableBlockDevice? extent = null;
        try
        {
            extent = await files.CreateAsync(layout.ExtentPath, cancellationToken).ConfigureAwait(false);
            await extent.SetLengthAsync(layout.Length, cancellationToken).ConfigureAwait(false);
            return new VmdkFlatWriter(descriptor, path, extent, layout);
        }
        catch
        {
            if (extent is not null)
            {
                await extent.DisposeAsync().ConfigureAwait(false);
            }

            await descriptor.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static bool IsSparse(ReadOnlySpan<byte> head) =>
        head.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(head) == VmdkSparseHeader.ExpectedMagic;

    private static async ValueTask<byte[]> ReadEmbeddedAsync(IBlockDevice file, string target, CancellationToken cancellationToken)
    {
        VmdkSparseHeader header = await VmdkSparseExtent.ReadHeaderAsync(file, cancellationToken).ConfigureAwait(false);
        if (header.DescriptorSector == 0 || header.DescriptorSectors == 0)
        {
            throw NoDescriptor(target);
        }

        const ulong SectorSize = VmdkSparseHeader.SectorSize;
        if (header.DescriptorSector > (ulong)file.Length / SectorSize
            || header.DescriptorSectors > VmdkDescriptor.MaximumSize / SectorSize
            || header.DescriptorSectors > ((ulong)file.Length / SectorSize) - header.DescriptorSector)
        {
            throw VmdkErrors.Invalid(
                "sparse extent header",
                0,
                FormattableString.Invariant($"a descriptor of {header.DescriptorSectors} sectors at sector {header.DescriptorSector}, outside the file's {file.Length} bytes or too large"),
                target);
        }

        byte[] source = new byte[(int)(header.DescriptorSectors * SectorSize)];
        await file.ReadAsync((long)(header.DescriptorSector * SectorSize), source, cancellationToken).ConfigureAwait(false);
        return source;
    }

    private static InvalidFormatException NoDescriptor(string target) => VmdkErrors.Invalid(
        "sparse extent header", 0, "it has no descriptor: the file is one of several extents, open the descriptor that lists it", target);

    private static async ValueTask<byte[]> ReadTextAsync(IBlockDevice file, byte[] head, string target, CancellationToken cancellationToken)
    {
        if (!VmdkDescriptor.IsText(head) || file.Length > VmdkDescriptor.MaximumSize)
        {
            throw VmdkErrors.Invalid(
                "descriptor", 0, FormattableString.Invariant($"{file.Length} bytes do not begin with '{VmdkDescriptor.Title}' or are more than {VmdkDescriptor.MaximumSize}"), target);
        }

        byte[] source = new byte[(int)file.Length];
        await file.ReadAsync(0, source, cancellationToken).ConfigureAwait(false);
        return source;
    }

    private static async ValueTask<IDiskImage?> OpenParentAsync(
        VmdkDescriptor descriptor, DiskOpenContext context, string target, CancellationToken cancellationToken)
    {
        if (descriptor.ParentContentId is not { } wanted)
        {
            return null;
        }

        if (descriptor.ParentHint is not { } hint)
        {
            throw VmdkErrors.Invalid("descriptor", -1, FormattableString.Invariant($"it has a parent with content id {wanted:x8}, but no parentFileNameHint"), target);
        }

        return await context.OpenParentAsync(
            [hint],
            FormatName,
            parent => parent.Identity.ContentId == wanted
                ? null
                : FormattableString.Invariant($"its content id is {parent.Identity.ContentId:x8}, {wanted:x8} is expected"),
            cancellationToken).ConfigureAwait(false);
    }
}
