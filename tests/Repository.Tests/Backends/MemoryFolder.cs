using Portability.Tests;

namespace Portability.Repository.Tests.Backends;

/// <summary>A folder in memory where there is one: thousands of flushes cost nothing there, and the kernel's names are the same.</summary>
internal sealed class MemoryFolder : IDisposable
{
    private const string SharedMemory = "/dev/shm";
    private readonly bool owned;

    private MemoryFolder(string path, bool owned)
    {
        Path = path;
        this.owned = owned;
    }

    public string Path { get; }

    public static MemoryFolder Create(TemporaryFolder fallback)
    {
        if (!Directory.Exists(SharedMemory))
        {
            return new MemoryFolder(fallback.Path, owned: false);
        }

        string path = System.IO.Path.Join(SharedMemory, "portability-" + System.IO.Path.GetFileName(fallback.Path));
        Directory.CreateDirectory(path);
        return new MemoryFolder(path, owned: true);
    }

    public void Dispose()
    {
        if (owned)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
