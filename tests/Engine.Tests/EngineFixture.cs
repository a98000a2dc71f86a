using Portability.Engine.Repositories;
using Portability.Tests;

namespace Portability.Engine.Tests;

/// <summary>A folder, a state directory and a repository of one test's own; opened with the passphrase "correct horse".</summary>
internal sealed class EngineFixture : IDisposable
{
    public const string Passphrase = "correct horse";

    public TemporaryFolder Folder { get; } = new();

    public RecordingObserver Observer { get; } = new();

    public EngineEnvironment Environment => EngineEnvironment.ForState(Folder.File("state"));

    public RepositoryFacade Repositories => new(Environment);

    public string Vault => Folder.File("vault");

    public static EngineSecret Secret() => EngineSecret.FromPassphrase(Passphrase);

    public async Task<RepositoryConnection> CreateAsync(int blockSize = 64 << 10, string? path = null)
    {
        using EngineSecret secret = Secret();
        var options = new NewRepositoryOptions { Path = path ?? Vault, Secret = secret, BlockSize = blockSize, DerivationTime = TimeSpan.Zero };
        return await Repositories.CreateAsync(options, Observer, CancellationToken.None);
    }

    public async Task<RepositoryConnection> ConnectAsync(string? path = null, bool withSecret = true, EngineEnvironment? environment = null)
    {
        using EngineSecret secret = Secret();
        var options = new ConnectRepositoryOptions { Path = path ?? Vault, Secret = withSecret ? secret : null };
        return await new RepositoryFacade(environment ?? Environment).ConnectAsync(options, Observer, CancellationToken.None);
    }

    /// <summary>A repository as it is when it was just made, opened by certificate: without the cost of a passphrase.</summary>
    public async Task<RepositoryConnection> OpenNewAsync(string name = "vault")
    {
        await RepositoryTemplate.CopyAsync(Folder.File(name), Folder.File("state"));
        foreach (string place in Directory.Exists(Folder.File("state/places")) ? Directory.GetDirectories(Folder.File("state/places")) : [])
        {
            Directory.Delete(place, recursive: true);
        }

        return await OpenAsync(Folder.File(name));
    }

    /// <summary>Opens a repository by certificate.</summary>
    public async Task<RepositoryConnection> OpenAsync(string? path = null, EngineEnvironment? environment = null)
    {
        using EngineSecret secret = EngineSecret.FromCertificate(RepositoryTemplate.Certificate);
        var options = new ConnectRepositoryOptions { Path = path ?? Vault, Secret = secret };
        return await new RepositoryFacade(environment ?? Environment).ConnectAsync(options, Observer, CancellationToken.None);
    }

    /// <summary>The environment of another machine: a state directory of its own.</summary>
    public EngineEnvironment OtherMachine(string name) => EngineEnvironment.ForState(Folder.File("state-" + name));

    public void Dispose() => Folder.Dispose();
}
