using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

/// <summary>Trust at a mirror: the same as at the origin, whatever was there before.</summary>
public sealed class RepositoryMirrorTests
{
    private readonly MemoryBlobStore target = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_empty_store_becomes_a_mirror_and_follows()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open();
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await CheckAsync(made, 1);
        await AdmitAsync(made);
        await AdmitAsync(made);

        TrustChain chain = await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);

        Assert.Equal(3, chain.Number);
        await CheckAsync(made, 3);
    }

    [Fact]
    public async Task Slots_travel_only_where_they_may_and_go_when_a_record_removes_them()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open();
        using TrustEditor editor = made.Edit(origin);
        using var passphrase = new SecretText("p");
        var without = new MemoryBlobStore();
        TrustRecipient added = await editor.AddPassphraseAsync(passphrase, "p", Token);
        BlobName slot = RepositoryNames.Slot(origin.Trust.Slots.Single().Id);

        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await RepositoryMirror.BringUpAsync(origin, without, withSlots: false, Token);
        byte[] there = await target.ReadAllAsync(slot, 1 << 20, Token);
        Assert.Equal(await made.Store.ReadAllAsync(slot, 1 << 20, Token), there);
        Assert.Null(await without.GetLengthAsync(slot, Token));

        await ReplaceAsync(slot, [.. there.Select(value => (byte)~value)]);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        Assert.Equal(there, await target.ReadAllAsync(slot, 1 << 20, Token));

        await editor.RemoveRecipientAsync(added.Id, Token);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        Assert.Null(await target.GetLengthAsync(slot, Token));
    }

    [Fact]
    public async Task Another_repository_is_refused_and_both_are_named()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using TestRepository other = await TestRepository.CreateAsync(target);
        using OpenRepository origin = made.Open();

        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token));

        Assert.Equal("RepositoryMismatch", error.ErrorId);
        Assert.Contains(made.Configuration.Id.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(other.Configuration.Id.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_that_has_seen_more_or_something_else_is_not_touched()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open();
        await AdmitAsync(made);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await made.Store.DeleteAsync(RepositoryNames.Trust(2), Token);
        using OpenRepository setBack = made.Open();

        Assert.Equal("TrustRolledBack", (await Assert.ThrowsAsync<RepositoryException>(() =>
            RepositoryMirror.BringUpAsync(setBack, target, withSlots: true, Token))).ErrorId);
        await AdmitAsync(made);
        Assert.Equal("TrustForked", (await Assert.ThrowsAsync<RepositoryException>(() =>
            RepositoryMirror.BringUpAsync(setBack, target, withSlots: true, Token))).ErrorId);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_damaged_or_missing_record_at_the_mirror_is_repaired(int number)
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open();
        await AdmitAsync(made);
        await AdmitAsync(made);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        byte[] bytes = await target.ReadAllAsync(RepositoryNames.Trust(number), 1 << 20, Token);
        bytes[^1] ^= 1;

        await ReplaceAsync(RepositoryNames.Trust(number), bytes);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await CheckAsync(made, 3);
        await target.DeleteAsync(RepositoryNames.Trust(number), Token);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await CheckAsync(made, 3);
    }

    [Fact]
    public async Task A_mirror_that_is_made_anew_at_its_place_is_no_stranger()
    {
        using var folder = new Portability.Tests.TemporaryFolder();
        var state = new MemberState(folder.Path, new HeardObserver());
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open(state: state);
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        state.NotePlace(target.Location, made.Configuration.Id, Guid.NewGuid());

        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        Assert.Equal("InstanceReplaced", Assert.Throws<RepositoryException>(() => state.NotePlace(target.Location, made.Configuration.Id, Guid.NewGuid())).ErrorId);
        var empty = new MemoryBlobStore();
        RepositoryException vanished = await Assert.ThrowsAsync<RepositoryException>(() => RepositoryMirror.BringUpAsync(origin, empty, withSlots: true, Token));
        Assert.Equal("InstanceVanished", vanished.ErrorId);
        Assert.Empty(await empty.ListAsync(string.Empty, Token).ToListAsync(Token));

        string place = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "places"), "*", SearchOption.AllDirectories));
        Assert.Contains(place, vanished.RecommendedAction, StringComparison.Ordinal);
        File.Delete(place);
        await RepositoryMirror.BringUpAsync(origin, empty, withSlots: true, Token);
        state.NotePlace(target.Location, made.Configuration.Id, Guid.NewGuid());
    }

    [Fact]
    public async Task Garbage_behind_the_newest_record_is_named()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository origin = made.Open();
        await RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token);
        await target.PutIfAbsentAsync(RepositoryNames.Trust(2), new byte[10], Token);

        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() => RepositoryMirror.BringUpAsync(origin, target, withSlots: true, Token));

        Assert.Equal("TrustBroken", error.ErrorId);
        Assert.Equal("trust/0000000002", error.TargetName);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_call_it_can_be_run_again(bool afterTheCall)
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AdmitAsync(made);
        for (int killAt = 0; ; killAt++)
        {
            var store = new MemoryBlobStore();
            await store.PutIfAbsentAsync(RepositoryNames.Trust(1), new byte[100], Token); // left by a creation that never ended
            int calls = 0;
            Task Kill(string call) => calls++ == killAt ? throw new KilledException() : Task.CompletedTask;
            using OpenRepository origin = made.Open();
            bool ended = true;
            try
            {
                await RepositoryMirror.BringUpAsync(origin, afterTheCall ? new HookedBlobStore(store, after: Kill) : new HookedBlobStore(store, before: Kill), withSlots: true, Token);
            }
            catch (KilledException)
            {
                ended = false;
                await RepositoryMirror.BringUpAsync(origin, store, withSlots: true, Token);
            }

            await CheckAsync(made, 2, store);
            if (ended)
            {
                Assert.True(killAt > 5);
                return;
            }
        }
    }

    [Fact]
    public async Task Two_syncs_at_once_make_one_mirror_in_every_order()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AdmitAsync(made);
        for (int schedule = 0; schedule < 1 << 8; schedule++)
        {
            var store = new MemoryBlobStore();
            var turns = new Turns(2);
            int bit = 0;
            int order = schedule;
            Func<Task> Bring(int actor) => async () =>
            {
                using OpenRepository origin = made.Open();
                await RepositoryMirror.BringUpAsync(origin, turns.View(store, actor), withSlots: true, Token);
            };
            Exception?[] results = await turns.RunAsync([Bring(0), Bring(1)], () => (order >> (bit++ % 8)) & 1);

            Assert.All(results, Assert.Null);
            await CheckAsync(made, 2, store);
        }
    }

    private static async Task AdmitAsync(TestRepository made)
    {
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using SigningKey key = SigningKey.Generate();
        await editor.AdmitSignerAsync(key.PublicKey, key.PublicKey.Fingerprint.ToString(), SignerRights.Capture, null, Token);
    }

    private async Task ReplaceAsync(BlobName name, byte[] bytes)
    {
        await target.DeleteAsync(name, Token);
        await target.PutIfAbsentAsync(name, bytes, Token);
    }

    private async Task CheckAsync(TestRepository made, long number, MemoryBlobStore? store = null)
    {
        store ??= target;
        Assert.Equal(made.Configuration.Bytes.ToArray(), await store.ReadAllAsync(RepositoryNames.Configuration, 1 << 20, Token));
        TrustChain chain = await TrustReader.ReadAsync(store, TrustChain.Empty(made.Configuration), Token);
        TrustChain own = await TrustReader.ReadAsync(made.Store, TrustChain.Empty(made.Configuration), Token);
        Assert.Equal((number, own.Hash), (chain.Number, chain.Hash));
        Assert.Null(chain.End);
    }
}
