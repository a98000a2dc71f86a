namespace Portability.Tests;

/// <summary>A folder of one test's own, removed with everything in it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Makes the folder.</summary>
    /// <param name="parent">Where, or null for where the system puts what is temporary.</param>
    public TemporaryFolder(string? parent = null) => Path = parent is null
        ? Directory.CreateTempSubdirectory("portability-").FullName
        : Directory.CreateDirectory(System.IO.Path.Combine(parent, "portability-" + Guid.NewGuid().ToString("n"))).FullName;

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
