using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

public sealed class MemberStateTests : IDisposable
{
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);
    private static readonly Guid Instance = new("00000000-0000-4000-8000-000000000001");
    private static readonly Guid Workload = new("00000000-0000-4000-8000-000000000002");
    private readonly TemporaryFolder folder = new();
    private readonly HeardObserver observer = new();

    private MemberState State => new(folder.File("state"), observer);

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_signing_key_is_made_once_and_kept()
    {
        using SigningKey first = State.GetOrCreateSigningKey();
        using SigningKey second = State.GetOrCreateSigningKey();

        Assert.Equal(first.PublicKey.Fingerprint, second.PublicKey.Fingerprint);
    }

    [Fact]
    public async Task Many_at_once_get_the_same_key()
    {
        using var start = new ManualResetEventSlim();
        Task<KeyFingerprint>[] members =
        [
            .. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    start.Wait(TestContext.Current.CancellationToken);
                    using SigningKey key = State.GetOrCreateSigningKey();
                    return key.PublicKey.Fingerprint;
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];
        start.Set();

        Assert.Single((await Task.WhenAll(members)).Distinct());
        Assert.Single(Directory.GetFiles(folder.File("state/keys")));
    }

    [Fact]
    public void Files_and_folders_are_private()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes; the folder inherits the user's access list.");
            return;
        }

        State.GetOrCreateSigningKey().Dispose();
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(1, RecordHash.Of([1])));

        foreach (string path in Directory.GetFiles(folder.File("state"), "*", SearchOption.AllDirectories))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }

        foreach (string path in Directory.GetDirectories(folder.File("state"), "*", SearchOption.AllDirectories).Append(folder.File("state")))
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public void A_damaged_key_is_an_error_and_stays()
    {
        State.GetOrCreateSigningKey().Dispose();
        string path = Directory.GetFiles(folder.File("state/keys")).Single();
        File.WriteAllText(path, "garbage");

        Assert.Equal("MemberKeyDamaged", Assert.Throws<StorageException>(() => State.GetOrCreateSigningKey()).ErrorId);
        Assert.Equal("garbage", File.ReadAllText(path));
    }

    [Fact]
    public void Receipt_keys_are_one_for_each_store()
    {
        Assert.Null(State.TryReadReceiptKey(Instance));
        using SigningKey made = State.GetOrCreateReceiptKey(Instance);
        using SigningKey? read = State.TryReadReceiptKey(Instance);
        using SigningKey other = State.GetOrCreateReceiptKey(Workload);

        Assert.Equal(made.PublicKey.Fingerprint, read!.PublicKey.Fingerprint);
        Assert.NotEqual(made.PublicKey.Fingerprint, other.PublicKey.Fingerprint);
    }

    [Fact]
    public void Pins_are_kept_and_changed_on_purpose()
    {
        Assert.Null(State.ReadPin(RepositoryId));
        State.WritePin(RepositoryId, KeyFingerprint.Of([1]));
        Assert.Equal(KeyFingerprint.Of([1]), State.ReadPin(RepositoryId));
        State.WritePin(RepositoryId, KeyFingerprint.Of([2]));
        Assert.Equal(KeyFingerprint.Of([2]), State.ReadPin(RepositoryId));
        Assert.Null(State.ReadPin(Guid.Empty));
    }

    [Fact]
    public void What_was_seen_never_goes_down()
    {
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(3, RecordHash.Of([3])));
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([6])));

        Assert.Equal(new SeenMark(5, RecordHash.Of([5])), State.ReadSeen(RepositoryId, Instance, Workload));
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(9, RecordHash.Of([9])));
        Assert.Equal(9, State.ReadSeen(RepositoryId, Instance, Workload)!.Number);
        Assert.Null(State.ReadSeen(RepositoryId, Instance, Instance));
        Assert.Null(State.ReadSeen(RepositoryId, Workload, Workload));
        Assert.Single(Directory.GetFiles(folder.File("state/seen"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Of_many_at_once_the_highest_stays()
    {
        long[] numbers = [.. Enumerable.Range(1, 64).Select(number => (long)number)];
        await Parallel.ForEachAsync(numbers, TestContext.Current.CancellationToken, (number, _) =>
        {
            State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(number, RecordHash.Of([(byte)number])));
            return ValueTask.CompletedTask;
        });

        Assert.Equal(new SeenMark(64, RecordHash.Of([64])), State.ReadSeen(RepositoryId, Instance, Workload));
    }

    [Fact]
    public void A_damaged_mark_is_reported_and_counts_as_absent()
    {
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        string path = Directory.GetFiles(folder.File("state/seen"), "*", SearchOption.AllDirectories).Single();
        byte[] good = File.ReadAllBytes(path);
        var random = new SeededRandomSource(6);
        var mutation = new Mutation(6);
        for (int round = 0; round < 500; round++)
        {
            byte[] bad = round % 2 == 0 ? mutation.Apply(good) : random.NextBytes(random.NextInt32(200));
            if (!bad.AsSpan().SequenceEqual(good))
            {
                File.WriteAllBytes(path, bad);
                Assert.Null(State.ReadSeen(RepositoryId, Instance, Workload));
                Assert.Contains(path, observer.Warnings[^1], StringComparison.Ordinal);
            }
        }

        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(4, RecordHash.Of([4])));
        Assert.Equal(new SeenMark(4, RecordHash.Of([4])), State.ReadSeen(RepositoryId, Instance, Workload));
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        Assert.Equal(5, State.ReadSeen(RepositoryId, Instance, Workload)!.Number);
    }

    [Fact]
    public void Damaged_pins_and_foreign_files_are_no_error()
    {
        State.WritePin(RepositoryId, KeyFingerprint.Of([1]));
        File.WriteAllText(Path.Combine(folder.File("state/pins"), RepositoryId.ToString()), "not a fingerprint");
        Directory.CreateDirectory(folder.File($"state/seen/{RepositoryId}/not-a-guid"));
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        File.WriteAllText(folder.File($"state/seen/{RepositoryId}/{Instance}/{Workload}/notes.txt"), "x");

        Assert.Null(State.ReadPin(RepositoryId));
        Assert.Single(observer.Warnings);
        Assert.Equal(5, State.ReadSeen(RepositoryId, Instance, Workload)!.Number);
        Assert.Empty(State.ReadTrustSeen(RepositoryId));
    }

    [Fact]
    public void A_mark_can_be_forgotten()
    {
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        State.ForgetSeen(RepositoryId, Instance, Workload);

        Assert.Null(State.ReadSeen(RepositoryId, Instance, Workload));
    }

    [Fact]
    public void Trust_is_seen_for_each_store()
    {
        State.NoteTrustSeen(RepositoryId, Instance, new SeenMark(2, RecordHash.Of([2])));
        State.NoteTrustSeen(RepositoryId, Workload, new SeenMark(3, RecordHash.Of([3])));

        Assert.Equal(2, State.ReadTrustSeen(RepositoryId, Instance)!.Number);
        Assert.Equal([2L, 3L], State.ReadTrustSeen(RepositoryId).Select(mark => mark.Number).Order());
    }

    [Fact]
    public void Another_store_at_a_known_place_is_refused()
    {
        State.NotePlace("/vault", RepositoryId, Instance);
        State.NotePlace("/vault", RepositoryId, Instance);
        State.NotePlace("/mirror", RepositoryId, Workload);

        Assert.Equal("InstanceReplaced", Assert.Throws<RepositoryException>(() => State.NotePlace("/vault", RepositoryId, Workload)).ErrorId);
    }

    [Fact]
    public void A_state_that_cannot_be_written_says_so()
    {
        File.WriteAllText(folder.File("state"), "a file");

        StorageException error = Assert.Throws<StorageException>(() => State.GetOrCreateSigningKey());

        Assert.StartsWith("State", error.ErrorId, StringComparison.Ordinal);
        Assert.Contains("PORTABILITY_STATE", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_process_left_is_in_nobodys_way()
    {
        State.NoteSeen(RepositoryId, Instance, Workload, new SeenMark(5, RecordHash.Of([5])));
        File.WriteAllBytes(folder.File($"state/seen/{RepositoryId}/{Instance}/{Workload}/.{new string('a', 32)}"), Encoding.ASCII.GetBytes("half"));

        Assert.Equal(5, State.ReadSeen(RepositoryId, Instance, Workload)!.Number);
    }
}
