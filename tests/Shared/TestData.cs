using System.IO.Compression;
using System.Text.Json;
using Xunit;

namespace Portability.Tests;

/// <summary>Finds the test data of others: `PORTABILITY_TESTDATA`, else `../shared/testdata` beside the checkout.</summary>
internal static class TestData
{
    public static string? Root { get; } = FindRoot();

    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>Path of a stored file, or a skipped test with the reason.</summary>
    public static string Path(string kind, string file)
    {
        Assert.SkipWhen(Root is null, "Test data not found: set PORTABILITY_TESTDATA or put it at ../shared/testdata.");
        return System.IO.Path.Combine(Root!, kind, file);
    }

    /// <summary>The parsed `expected.json` of a folder.</summary>
    public static JsonDocument Expected(string kind) => JsonDocument.Parse(File.ReadAllBytes(Path(kind, "expected.json")));

    /// <summary>Unpacks `NAME.gz` sparsely (runs of zeros become holes) to a file in a folder and returns its path.</summary>
    public static string Unpack(string kind, string file, string folder)
    {
        string source = Path(kind, file);
        string target = System.IO.Path.Combine(folder, System.IO.Path.GetFileNameWithoutExtension(file));
        using var input = new GZipStream(File.OpenRead(source), CompressionMode.Decompress);
        using var output = new FileStream(target, FileMode.Create, FileAccess.Write);
        byte[] buffer = new byte[65536];
        long length = 0;
        int count;
        while ((count = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)) > 0)
        {
            if (buffer.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                output.Position = length;
                output.Write(buffer, 0, count);
            }

            length += count;
        }

        output.SetLength(length);
        return target;
    }

    private static string? FindRoot()
    {
        string? set = Environment.GetEnvironmentVariable("PORTABILITY_TESTDATA");
        string candidate = string.IsNullOrEmpty(set) ? System.IO.Path.Combine(FindRepositoryRoot(), "..", "shared", "testdata") : set;
        return Directory.Exists(candidate) ? System.IO.Path.GetFullPath(candidate) : null;
    }

    private static string FindRepositoryRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Portability.Module.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("The checkout's root was not found above " + AppContext.BaseDirectory);
    }
}
