namespace Portability.Disks.Formats;

/// <summary>Where the bytes of a run come from.</summary>
internal enum MappedRunKind
{
    /// <summary>Stored in the file as they are, at <see cref="MappedRun.FileOffset"/>.</summary>
    Stored,

    /// <summary>Marked as zeros by this image, whatever its parent holds.</summary>
    Zero,

    /// <summary>Not in this image: the parent's bytes, or zeros where there is no parent.</summary>
    Absent,

    /// <summary>Stored in a form that the format reads itself, such as compressed.</summary>
    Encoded,
}
