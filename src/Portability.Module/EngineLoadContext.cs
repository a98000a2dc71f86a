using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace Portability.Module;

/// <summary>
/// Holds the engine and its packages apart from PowerShell's own assemblies and from those of other modules, so that no two
/// versions of a library ever meet.
/// </summary>
/// <remarks>
/// The default context asks for one simple name only, the engine's; this context finds all else beside it. Contracts is not
/// in that folder: it comes from the default context, and so the objects that cross the border have one type. Where a folder named after
/// the platform holds the same assembly with native code, that is taken: a cmdlet lives too short for the compiler.
/// </remarks>
internal sealed class EngineLoadContext : AssemblyLoadContext
{
    private const string EngineName = "Portability.Engine";

    private static int registered;

    private readonly string folder;
    private readonly AssemblyDependencyResolver dependencies;

    private EngineLoadContext(string folder, string engine)
        : base("WorkloadPortability")
    {
        this.folder = folder;
        dependencies = new AssemblyDependencyResolver(engine);
    }

    /// <summary>Makes the engine loadable; does nothing after the first call in a process.</summary>
    public static void Register()
    {
        if (Interlocked.Exchange(ref registered, 1) != 0)
        {
            return;
        }

        string home = Path.Combine(Path.GetDirectoryName(typeof(EngineLoadContext).Assembly.Location)!, "Engine");
        string engine = Find(home, EngineName);
        var context = new Lazy<EngineLoadContext>(() => new EngineLoadContext(home, Path.Combine(home, EngineName + ".dll")));
        Default.Resolving += (_, name) =>
            string.Equals(name.Name, EngineName, StringComparison.Ordinal) ? LoadEngine(context, engine, name) : null;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Find(folder, assemblyName.Name!);
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override IntPtr LoadUnmanagedDll(string unmanagedDllName)
    {
        string? path = dependencies.ResolveUnmanagedDllToPath(unmanagedDllName);
        return path is null ? IntPtr.Zero : LoadUnmanagedDllFromPath(path);
    }

    private static string Find(string folder, string name)
    {
        string native = Path.Combine(folder, RuntimeInformation.RuntimeIdentifier, name + ".dll");
        return File.Exists(native) ? native : Path.Combine(folder, name + ".dll");
    }

    // By path, never by name: asking the context by name from here would come back to this handler without end.
    private static Assembly LoadEngine(Lazy<EngineLoadContext> context, string engine, AssemblyName wanted)
    {
        if (!File.Exists(engine))
        {
            throw new PlatformException(
                "EngineMissing", ErrorKind.NotFound, $"Failed to load '{engine}': the file is missing.", "Install the module again, or build it with 'dotnet build'.", engine);
        }

        Version? found = AssemblyName.GetAssemblyName(engine).Version;
        if (wanted.Version is not null && found != wanted.Version)
        {
            throw new PlatformException(
                "EngineVersion",
                ErrorKind.InvalidInput,
                $"Failed to load '{engine}': it is version {found}, the module needs {wanted.Version}.",
                "Start a new PowerShell, and install the module again if that does not help.",
                engine);
        }

        return context.Value.LoadFromAssemblyPath(engine);
    }
}
