using System.Diagnostics;
using Xunit;

namespace Portability.Tests;

/// <summary>Runs tools that others wrote; a test whose tool is missing is skipped with the reason.</summary>
internal static class ForeignTool
{
    /// <summary>Runs a tool and returns what it printed; skips the test if it is not installed.</summary>
    public static ToolResult Run(string tool, params string[] arguments)
    {
        Assert.SkipWhen(Find(tool) is null, $"The tool '{tool}' is not installed.");
        var start = new ProcessStartInfo(Find(tool)!, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new ToolResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Runs a tool that must succeed.</summary>
    public static string Check(string tool, params string[] arguments)
    {
        ToolResult result = Run(tool, arguments);
        Assert.True(result.ExitCode == 0, $"{tool} {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.Output}{result.Error}");
        return result.Output;
    }

    public static string? Find(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, tool))
            .FirstOrDefault(File.Exists);
}

internal sealed record ToolResult(int ExitCode, string Output, string Error);
