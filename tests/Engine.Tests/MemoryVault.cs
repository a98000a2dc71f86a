using System.Buffers;
using Portability.Core.Crypto;
using Portability.Engine.Repositories;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;
using Portability.Tests;

namespace Portability.Engine.Tests;

/// <summary>A new repository in memory, for histories of many steps; may be copied as it stands, and seen through other stores.</summary>
internal sealed class MemoryVault : IDisposable
{
    private readonly TemporaryFolder folder;

    private MemoryVault(TemporaryFolder folder, MemoryBlobStore store)
    {
        this.folder = folder;
        Store = store;
    }

    public MemoryBlobStore Store { get; }

    public EngineEnvironment Environment => EngineEnvironment.ForState(folder.File("state"));

    public static async Task<MemoryVault> CreateAsync()
    {
        var folder = new TemporaryFolder();
        await RepositoryTemplate.CopyAsync(folder.File("vault"), folder.File("state"));
        var store = new MemoryBlobStore();
        foreach (string file in Directory.GetFiles(folder.File("vault"), "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder.File("vault"), file).Replace(Path.DirectorySeparatorChar, '/');
            if (BlobName.TryParse(name, out BlobName place))
            {
                await store.PutIfAbsentAsync(place, await File.ReadAllBytesAsync(file), CancellationToken.None);
            }
        }

        return new MemoryVault(folder, store);
    }

    /// <summary>The repository as it stands, with what its member has seen, to go on apart.</summary>
    public async Task<MemoryVault> ForkAsync()
    {
        var fork = new MemoryVault(new TemporaryFolder(), new MemoryBlobStore());
        RepositoryTemplate.Copy(folder.File("state"), fork.folder.File("state"));
        await foreach (BlobEntry entry in Store.ListAsync(string.Empty, CancellationToken.None))
        {
            byte[] bytes = (await Store.TryReadAllAsync(entry.Name, int.MaxValue, CancellationToken.None))!;
            await fork.Store.PutIfAbsentAsync(entry.Name, new ReadOnlySequence<byte>(bytes), CancellationToken.None);
        }

        return fork;
    }

    /// <summary>Opens the repository; with a key by its certificate.</summary>
    public async Task<RepositoryConnection> OpenAsync(IBlobStore? store = null, bool withKey = true)
    {
        EngineEnvironment environment = Environment;
        var options = new OpenOptions
        {
            Recipient = withKey ? RecipientPrivateKey.FromCertificate(RepositoryTemplate.Certificate) : null,
            State = new MemberState(environment.StateDirectory, SilentObserver.Instance),
        };
        OpenRepository opened = await new RepositoryOpener(environment.Time, environment.Random, SilentObserver.Instance)
            .OpenAsync(store ?? Store, options, CancellationToken.None);
        return new RepositoryConnection(opened, environment);
    }

    public void Dispose() => folder.Dispose();
}
