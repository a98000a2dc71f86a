using System.Diagnostics;

namespace Portability.Engine.Tests;

/// <summary>A process of its own that works on a repository: `tests/Tools/WorkloadClient`.</summary>
internal sealed class ClientProcess : IDisposable
{
    private readonly Process process;

    private ClientProcess(Process process) => this.process = process;

    public static async Task<ClientProcess> StartAsync(string repository, string state, string passphrase)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "WorkloadClient.dll"), repository, state },
            Environment = { ["WORKLOAD_CLIENT_PASSPHRASE"] = passphrase, ["DOTNET_gcServer"] = "0" },
        };
        var client = new ClientProcess(Process.Start(start)!);
        if (await client.process.StandardOutput.ReadLineAsync() is not "ready")
        {
            client.Dispose();
            throw new InvalidOperationException("The client could not open the repository.");
        }

        return client;
    }

    public async Task<string> AskAsync(string command)
    {
        await process.StandardInput.WriteLineAsync(command);
        await process.StandardInput.FlushAsync();
        return await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"The client ended at '{command}'.");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(TimeSpan.FromSeconds(30)))
        {
            process.Kill(entireProcessTree: true);
        }

        process.Dispose();
    }
}
