namespace Portability.Engine.Files;

/// <summary>What is copied out of a machine, and where to.</summary>
public sealed record FileCopyOptions
{
    /// <summary>What is copied; a directory only with <see cref="FileListOptions.Recurse"/>.</summary>
    public FileListOptions Files { get; init; } = new();

    /// <summary>Full path of a folder, or of a file that need not exist.</summary>
    public string Destination { get; init; } = string.Empty;

    /// <summary>True to replace files that exist.</summary>
    public bool Force { get; init; }
}
