namespace Portability;

/// <summary>A file that was copied out of a disk. Emitted by `Copy-WorkloadFile -PassThru`.</summary>
public sealed record WorkloadFileCopy
{
    /// <summary>Full path of the copy here.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>Path in the machine, or in its volume.</summary>
    public string SourcePath { get; init; } = string.Empty;

    /// <summary>Length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>Path of the copy.</summary>
    public override string ToString() => Path;
}
