namespace Portability.Disks.Formats.Qcow2;

/// <summary>What only an open QCOW2 image tells.</summary>
public interface IQcow2Image : IDiskImage
{
    /// <summary>Persistent dirty bitmaps; empty when there are none or the image says that they are out of date.</summary>
    IReadOnlyList<Qcow2Bitmap> Bitmaps { get; }

    /// <summary>Number of internal snapshots; only the active state is read.</summary>
    long InternalSnapshotCount { get; }

    /// <summary>True if the image was not closed properly and its refcounts may be behind.</summary>
    bool IsDirty { get; }
}
