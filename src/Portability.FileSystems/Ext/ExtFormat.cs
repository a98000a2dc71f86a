using System.Buffers.Binary;
using Portability.Disks.Blocks;
using Portability.FileSystems.Ext.Journal;

namespace Portability.FileSystems.Ext;

/// <summary>Recognises and opens ext2, ext3 and ext4 volumes. Stateless.</summary>
/// <remarks>ext4 data structures; `docs` of the journal: jbd2.</remarks>
public sealed class ExtFormat : IFileSystemFormat
{
    private const long CacheSize = 16 << 20;
    private const uint MountProtectionMagic = 0x004D4D50, MountProtectionClean = 0xFF4D4D50;
    private const string ShutDown = "Shut the machine down cleanly and capture it again.";

    private const ExtIncompatibleFeatures Known = ExtIncompatibleFeatures.FileType | ExtIncompatibleFeatures.NeedsRecovery | ExtIncompatibleFeatures.MetaBlockGroups
        | ExtIncompatibleFeatures.Extents | ExtIncompatibleFeatures.Wide | ExtIncompatibleFeatures.MultipleMountProtection | ExtIncompatibleFeatures.FlexibleBlockGroups
        | ExtIncompatibleFeatures.AttributeInodes | ExtIncompatibleFeatures.ChecksumSeed | ExtIncompatibleFeatures.LargeDirectory | ExtIncompatibleFeatures.InlineData
        | ExtIncompatibleFeatures.Encryption | ExtIncompatibleFeatures.CaseFolding;

    /// <inheritdoc/>
    public string Name => "ext";

    /// <inheritdoc/>
    public bool Matches(ReadOnlySpan<byte> head) =>
        head.Length >= ExtSuperblock.At + ExtSuperblock.Size
        && ExtSuperblock.IsOne(head[ExtSuperblock.At..])
        && !((ExtIncompatibleFeatures)BinaryPrimitives.ReadUInt32LittleEndian(head[(ExtSuperblock.At + ExtSuperblock.IncompatibleAt)..])).HasFlag(ExtIncompatibleFeatures.JournalDevice);

    /// <inheritdoc/>
    public async Task<IFileSystem> OpenAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        var cached = new CachingBlockDevice(device, CacheSize);
        try
        {
            return await OpenOwnedAsync(cached, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await cached.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<IFileSystem> OpenOwnedAsync(CachingBlockDevice cached, CancellationToken cancellationToken)
    {
        IBlockDevice device = cached;
        ExtSuperblock superblock = await ReadSuperblockAsync(device, cancellationToken).ConfigureAwait(false);
        ExtIncompatibleFeatures unknown = superblock.Incompatible & ~Known;
        if (unknown != ExtIncompatibleFeatures.None)
        {
            throw FileErrors.Feature(superblock.TypeName, $"its features {string.Join(", ", ExtFeatureNames.OfIncompatible(unknown))} are not handled", "Copy its files inside its own system.", device.Name);
        }

        var blocks = new ExtBlocks(device, superblock);
        await RequireNotMountedAsync(blocks, cancellationToken).ConfigureAwait(false);
        VolumeState state = StateOf(superblock);
        var findings = new List<string>();
        if (blocks.IsTruncated)
        {
            state |= VolumeState.HasErrors;
            findings.Add(FormattableString.Invariant($"It says that it has {superblock.BlockCount} blocks of {superblock.BlockSize} bytes, and its partition has {device.Length} bytes: what lies behind cannot be read."));
        }

        (JournalImage? image, int error) = superblock.Compatible.HasFlag(ExtCompatibleFeatures.HasJournal)
            ? await TryReadLogAsync(blocks, findings, cancellationToken).ConfigureAwait(false)
            : (null, 0);
        if (error != 0)
        {
            state |= VolumeState.HasErrors;
            findings.Add(FormattableString.Invariant($"Its system noted error {error} in the journal: a full check is due."));
        }

        if (image is not null)
        {
            device = new ReplayedBlockDevice(device, image, superblock.BlockSize);
            superblock = await ReadSuperblockAsync(device, cancellationToken).ConfigureAwait(false);
            blocks = new ExtBlocks(device, superblock);
            state |= StateOf(superblock) | VolumeState.Replayed | VolumeState.Dirty;
            findings.Add(FormattableString.Invariant($"The journal was replayed in memory: {image.Transactions} transactions, {image.Blocks.Count} blocks."));
        }

        return new ExtVolume(blocks, state, findings);
    }

    private static VolumeState StateOf(ExtSuperblock superblock) =>
        ((superblock.State & 2) != 0 ? VolumeState.HasErrors : VolumeState.Clean)
        | ((superblock.State & 1) == 0 || superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.NeedsRecovery) ? VolumeState.Dirty : VolumeState.Clean)
        | (superblock.LastOrphan != 0 || superblock.ReadOnly.HasFlag(ExtReadOnlyFeatures.OrphansPresent) ? VolumeState.HasOrphans : VolumeState.Clean);

    private static async Task<ExtSuperblock> ReadSuperblockAsync(IBlockDevice device, CancellationToken cancellationToken)
    {
        if (device.Length < ExtSuperblock.At + ExtSuperblock.Size)
        {
            throw ExtErrors.Invalid(device.Name, "superblock", ExtSuperblock.At, FormattableString.Invariant($"the volume has {device.Length} bytes"));
        }

        byte[] bytes = new byte[ExtSuperblock.Size];
        await device.ReadAsync(ExtSuperblock.At, bytes, cancellationToken).ConfigureAwait(false);
        return ExtSuperblock.Read(bytes, ExtSuperblock.At, device.Name);
    }

    // A journal that is not needed does not keep a volume from being read.
    private static async Task<(JournalImage? Image, int Error)> TryReadLogAsync(ExtBlocks blocks, List<string> findings, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadLogAsync(blocks, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidFormatException exception) when (blocks.IsTruncated && !blocks.Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.NeedsRecovery))
        {
            findings.Add(exception.Message);
            return (null, 0);
        }
    }

    /// <summary>Reads the log if there is one to replay.</summary>
    private static async Task<(JournalImage? Image, int Error)> ReadLogAsync(ExtBlocks blocks, CancellationToken cancellationToken)
    {
        ExtSuperblock superblock = blocks.Superblock;
        bool isMarked = superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.NeedsRecovery);
        if (superblock.JournalInode == 0)
        {
            return !isMarked ? (null, 0) : throw FileErrors.Feature(superblock.TypeName, "its journal lies on another device and must be replayed first", ShutDown, blocks.Name);
        }

        JournalFile file = await JournalFile.OpenAsync(blocks, cancellationToken).ConfigureAwait(false);
        byte[] bytes = new byte[JournalSuperblock.Size];
        if (file.BlockCount == 0)
        {
            throw ExtErrors.Invalid(blocks.Name, "journal", -1, "it has no blocks");
        }

        await blocks.Device.ReadAsync(file.PlaceOf(0), bytes, cancellationToken).ConfigureAwait(false);
        JournalSuperblock journal = JournalSuperblock.Read(bytes, blocks.Name);
        if (journal.Start == 0)
        {
            return (null, journal.Error);
        }

        return isMarked
            ? (await new JournalReader(file, journal).ReadAsync(cancellationToken).ConfigureAwait(false), journal.Error)
            : throw ExtErrors.Invalid(blocks.Name, "journal superblock", -1, "the journal has data but is not marked for recovery");
    }

    private static async Task RequireNotMountedAsync(ExtBlocks blocks, CancellationToken cancellationToken)
    {
        if (!blocks.Superblock.Incompatible.HasFlag(ExtIncompatibleFeatures.MultipleMountProtection) || blocks.Superblock.MountProtectionBlock == 0)
        {
            return;
        }

        byte[] block = await blocks.ReadBlockAsync(blocks.Superblock.MountProtectionBlock, "multiple mount protection", cancellationToken).ConfigureAwait(false);
        uint magic = BinaryPrimitives.ReadUInt32LittleEndian(block), sequence = BinaryPrimitives.ReadUInt32LittleEndian(block.AsSpan(4));
        if (magic != MountProtectionMagic || sequence != MountProtectionClean)
        {
            throw FileErrors.Feature(blocks.Superblock.TypeName, FormattableString.Invariant($"its multiple mount protection says that it is in use (0x{sequence:X8})"), ShutDown, blocks.Name);
        }
    }
}
