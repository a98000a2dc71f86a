using Portability.Repository.Backends;
using Portability.Repository.Leases;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Portability.Tests;

namespace Portability.Repository.Tests.Leases;

/// <summary>A holder of a lease that takes its names by beats, as a sync does, in whose store calls other things can happen.</summary>
internal sealed class PausedHolder : IAsyncDisposable
{
    private readonly TestRepository repository;
    private WriterLease? lease;

    public PausedHolder(TestRepository repository)
    {
        this.repository = repository;
        Repository = repository.Open(Time, store: new HookedBlobStore(repository.Store, BeforeAsync, AfterAsync));
    }

    public ManualTime Time { get; } = new();

    public OpenRepository Repository { get; }

    public WriterLease Lease => lease ?? throw new InvalidOperationException("Open it first.");

    /// <summary>Runs before each put of a beat but the first.</summary>
    public Func<Task>? BeforePutOfBeat { get; set; }

    /// <summary>Runs after each put of a beat but the first.</summary>
    public Func<Task>? AfterPutOfBeat { get; set; }

    /// <summary>Runs before each listing of the condemned lists.</summary>
    public Func<Task>? BeforeListOfCondemned { get; set; }

    public async Task OpenAsync() =>
        lease = await WriterLease.OpenAsync(Repository, Repository.Signer!, new LeaseRequest { Kind = LeaseKind.Sync }, CancellationToken.None);

    /// <summary>Puts an object under the lease.</summary>
    public async Task<BlobName> PutOwnObjectAsync()
    {
        WrittenObject item = await PutAsync(Lease.Id);
        Lease.NoteOwn(item.Id);
        return RepositoryNames.StoredObject(item.Kind, item.Set, item.Id);
    }

    /// <summary>Puts an object of a writer that is long gone.</summary>
    public Task<WrittenObject> PutObjectOfNobodyAsync() => PutAsync(RecordId.Draw(Repository.Random));

    public ValueTask DisposeAsync()
    {
        lease?.Dispose();
        Repository.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<WrittenObject> PutAsync(RecordId owner)
    {
        byte[] bytes = new byte[ObjectHeader.Size + 16];
        var header = new ObjectHeader
        {
            Kind = ObjectKind.Pack, Set = BlockSet.Data, Repository = Repository.Id, Id = ObjectId.Draw(Repository.Random), Lease = owner, Epoch = 1,
        };
        header.Write(bytes);
        await repository.Store.PutIfAbsentAsync(RepositoryNames.StoredObject(header.Kind, header.Set, header.Id), bytes, CancellationToken.None);
        return new WrittenObject(header.Kind, header.Set, header.Id, bytes.Length, Digest.Of(bytes));
    }

    private bool IsNextBeat(string call) =>
        lease is not null && call.StartsWith("put " + RepositoryNames.LeaseFolder(lease.Id), StringComparison.Ordinal);

    private Task BeforeAsync(string call) =>
        IsNextBeat(call) && BeforePutOfBeat is { } before ? before()
        : call == "list " + RepositoryNames.CondemnedPrefix && lease is not null && BeforeListOfCondemned is { } list ? list()
        : Task.CompletedTask;

    private Task AfterAsync(string call) => IsNextBeat(call) && AfterPutOfBeat is { } after ? after() : Task.CompletedTask;
}
