namespace Portability.Engine.Snapshots;

/// <summary>What a capture would do with one disk.</summary>
public sealed record SnapshotPlanDisk
{
    /// <summary>Number in the workload, from 0.</summary>
    public required int Number { get; init; }

    /// <summary>What the workload needs it for.</summary>
    public required DiskRole Role { get; init; }

    /// <summary>Full path of the image or device.</summary>
    public required string Path { get; init; }

    /// <summary>Size that the guest sees, in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Most bytes that are read.</summary>
    public required long BytesToRead { get; init; }

    /// <summary>Why so many.</summary>
    public required string Reason { get; init; }

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"disk {Number} ({Role}) {System.IO.Path.GetFileName(Path)}: read {ByteSize.Text(BytesToRead)} of {ByteSize.Text(Length)}, {Reason}");
}
