using Portability.Core.Native;
using Portability.Disks.Formats;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>What tells one state of one image file from every other: kept in the change token, compared at the next capture.</summary>
internal sealed record LayerState
{
    /// <summary>Full path of the image.</summary>
    public required string Path { get; init; }

    /// <summary>Format's name.</summary>
    public required string Format { get; init; }

    /// <summary>Length of the disk as its guest sees it, in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Length of the image's files together, in bytes.</summary>
    public required long FileLength { get; init; }

    /// <summary>When the newest of its files was written last, ticks of 100 ns since year 1, UTC.</summary>
    public required long Modified { get; init; }

    /// <summary>Id of the disk, or null.</summary>
    public Guid? DiskId { get; init; }

    /// <summary>Id that changes with every write of what the guest sees, or null where the format has none.</summary>
    public Guid? DataWrite { get; init; }

    /// <summary>Sequence number of the header, or null where the format has none.</summary>
    public ulong? HeaderSequence { get; init; }

    /// <summary>Id of the parent that the image was made over, or null.</summary>
    public Guid? ParentId { get; init; }

    /// <summary>
    /// True if the ids prove, when they are equal at two times, that nothing was written between: a data write id and a header
    /// sequence. Size and time alone prove nothing.
    /// </summary>
    public bool IsProof => DataWrite is not null && DataWrite != Guid.Empty && HeaderSequence is not null;

    /// <summary>Reads the state of an open image; its parents are not looked at.</summary>
    /// <param name="image">The image, opened by path.</param>
    /// <exception cref="StorageException">A file of it is gone.</exception>
    public static LayerState Of(IDiskImage image)
    {
        long modified = 0;
        long length = 0;
        foreach (string file in image.Files)
        {
            if (NativeStorage.Current.IsBlockDevice(file))
            {
                length += image.FileLength; // A device's file tells neither its size nor when it was written.
                continue;
            }

            var info = new FileInfo(file);
            if (!info.Exists)
            {
                throw Vanished(file);
            }

            modified = Math.Max(modified, info.LastWriteTimeUtc.Ticks);
            length += info.Length;
        }

        DiskIdentity identity = image.Identity;
        return new LayerState
        {
            Path = image.Path ?? image.Name,
            Format = image.FormatName,
            Length = image.Length,
            FileLength = length,
            Modified = modified,
            DiskId = identity.DiskId,
            DataWrite = identity.DataWriteGuid,
            HeaderSequence = identity.HeaderSequence,
            ParentId = identity.ParentId,
        };
    }

    /// <summary>Makes the error for a file that is gone.</summary>
    /// <param name="path">The file.</param>
    /// <param name="innerException">The cause, if any.</param>
    internal static StorageException Vanished(string path, Exception? innerException = null) => new(
        "SourceVanished",
        ErrorKind.NotFound,
        $"Failed to capture '{path}': the file was there when the capture began and is gone now; nothing was committed.",
        "Find out what removed it, then run New-WorkloadSnapshot again.",
        path,
        innerException: innerException);
}
