namespace Portability.Disks.Formats.Qcow2;

/// <summary>A persistent dirty bitmap that an image holds.</summary>
/// <param name="Name">Name, unique in its image.</param>
/// <param name="Granularity">Bytes of the disk that one bit stands for.</param>
/// <param name="InUse">True if the image was not closed properly: the bitmap may lack writes and must not be trusted.</param>
/// <param name="IsAuto">True if the bitmap records all writes whenever the image is in use.</param>
/// <param name="TableOffset">Offset of the bitmap's table in the file, in bytes.</param>
/// <param name="TableEntryCount">Entries of the bitmap's table.</param>
public sealed record Qcow2Bitmap(string Name, long Granularity, bool InUse, bool IsAuto, long TableOffset, long TableEntryCount);
