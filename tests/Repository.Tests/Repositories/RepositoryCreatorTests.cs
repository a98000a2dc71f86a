using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

/// <summary>Making a repository: once, killed, and by two at once.</summary>
public sealed class RepositoryCreatorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HeardObserver observer = new();
    private readonly RepositoryCreator creator = new(TimeProvider.System, RandomSource.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private MemberState State => new(folder.File("state"), observer);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_repository_is_made_opened_and_not_made_twice()
    {
        var store = new MemoryBlobStore();
        using var passphrase = new SecretText("p");
        var options = new CreateOptions { Passphrase = passphrase, DerivationTime = TimeSpan.Zero, BlockSize = 8192, DedupScope = DedupScope.Workload, PadPacks = true };
        using OpenRepository made = await creator.CreateAsync(store, options, State, Token);
        using OpenRepository opened = await Opener.OpenAsync(store, new OpenOptions { Passphrase = passphrase, State = State }, Token);

        Assert.Equal(made.Id, opened.Id);
        Assert.Equal((8192, DedupScope.Workload, true), (opened.Configuration.BlockSize, opened.Configuration.DedupScope, opened.Configuration.PadPacks));
        Assert.Equal(made.Instance!.Id, opened.Instance!.Id);
        Assert.NotNull(opened.ReceiptSigner);
        Assert.Equal(made.Signer!.Fingerprint, opened.RequireSigner(SignerRights.Capture | SignerRights.Remove | SignerRights.Compact | SignerRights.Admit).Fingerprint);
        Assert.Equal(made.Trust.FirstOwner, State.ReadPin(made.Id));
        Assert.Single(opened.Trust.Owners);
        Assert.Equal(["receipts/instance", "repository.json", "trust/0000000001"], (await NamesAsync(store)).Where(name => !name.StartsWith("trust/slots/", StringComparison.Ordinal)));
        Assert.Equal(2, (await NamesAsync(store)).Count(name => name.StartsWith("trust/slots/", StringComparison.Ordinal)));
        Assert.Equal("RepositoryExists", (await Assert.ThrowsAsync<RepositoryException>(() => creator.CreateAsync(store, options, State, Token))).ErrorId);
    }

    [Fact]
    public async Task Somebody_must_be_able_to_read_and_to_own_it()
    {
        var store = new MemoryBlobStore();
        using RecipientPrivateKey certificate = RecipientPrivateKey.Generate();
        using var passphrase = new SecretText("p");

        Assert.Equal("RecipientRequired", (await RefusedAsync(store, new CreateOptions { OwnerPassphrase = passphrase })).ErrorId);
        Assert.Equal("OwnerPassphraseRequired", (await RefusedAsync(store, new CreateOptions { Certificate = certificate.PublicKey })).ErrorId);
        Assert.Equal("BlockSizeInvalid", (await RefusedAsync(store, new CreateOptions { Passphrase = passphrase, BlockSize = 5000 })).ErrorId);
        Assert.Empty(await NamesAsync(store));
    }

    [Fact]
    public async Task An_owner_passphrase_of_its_own_is_asked_for_when_trust_changes()
    {
        var store = new MemoryBlobStore();
        using RecipientPrivateKey certificate = RecipientPrivateKey.Generate();
        using var ownerPassphrase = new SecretText("owner");
        var options = new CreateOptions { Certificate = certificate.PublicKey, CertificateName = "dr", OwnerPassphrase = ownerPassphrase, DerivationTime = TimeSpan.Zero };
        (await creator.CreateAsync(store, options, State, Token)).Dispose();
        using OpenRepository opened = await Opener.OpenAsync(store, new OpenOptions { Recipient = TestRepository.Copy(certificate), State = State }, Token);

        using TrustEditor editor = await TrustEditor.OpenAsync(opened, ownerPassphrase, TimeSpan.Zero, Token);
        using SigningKey second = SigningKey.Generate();
        await editor.AdmitSignerAsync(second.PublicKey, "second", SignerRights.Capture, null, Token);

        Assert.Equal("dr", opened.Recipient!.Name);
        Assert.True(opened.Trust.HasRight(second.PublicKey.Fingerprint, SignerRights.Capture));
        opened.Trust.VerifyMacs(opened.RequireKeyring());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_at_any_call_it_can_be_run_again(bool afterTheCall)
    {
        for (int killAt = 0; ; killAt++)
        {
            var store = new MemoryBlobStore();
            int calls = 0;
            Task Kill(string call) => calls++ == killAt ? throw new KilledException() : Task.CompletedTask;
            using RepositoryDraft first = Draft();
            using RepositoryDraft second = Draft();
            try
            {
                await RepositoryCreator.CommitAsync(afterTheCall ? new HookedBlobStore(store, after: Kill) : new HookedBlobStore(store, before: Kill), first, Token);
                Assert.True(killAt > 1);
                return;
            }
            catch (KilledException)
            {
                RepositoryDraft expected = first;
                if (!(await NamesAsync(store)).Contains("repository.json", StringComparer.Ordinal))
                {
                    Assert.Equal("RepositoryNotFound", (await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(store, new OpenOptions(), Token))).ErrorId);
                    await RepositoryCreator.CommitAsync(store, second, Token);
                    expected = second;
                }

                await CheckAsync(store, expected);
            }
        }
    }

    [Fact]
    public async Task A_store_without_an_identity_gets_one_from_the_next_writer()
    {
        var store = new MemoryBlobStore();
        using RecipientPrivateKey certificate = RecipientPrivateKey.Generate();
        using SigningKey owner = SigningKey.Generate();
        using SigningKey member = State.GetOrCreateSigningKey();
        using RepositoryDraft draft = RepositoryDraft.Create(new CreateOptions { Certificate = certificate.PublicKey }, owner, member.PublicKey, TimeProvider.System, RandomSource.System);
        await RepositoryCreator.CommitAsync(store, draft, Token);
        OpenOptions Options() => new() { Recipient = TestRepository.Copy(certificate), State = State, Fingerprint = owner.PublicKey.Fingerprint };

        using OpenRepository first = await Opener.OpenAsync(store, Options(), Token);
        using OpenRepository second = await Opener.OpenAsync(store, Options(), Token);

        Assert.NotNull(first.ReceiptSigner);
        Assert.Equal(first.Instance!.Id, second.Instance!.Id);
    }

    [Fact]
    public async Task Of_many_who_give_a_store_an_identity_one_wins()
    {
        var store = new MemoryBlobStore();
        Guid id = Guid.NewGuid();
        InstanceRecord[] made = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => InstanceRecord.EnsureAsync(store, id, State, RandomSource.System, Token))));

        Guid winner = Assert.Single(made.Select(instance => instance.Id).Distinct());
        Assert.NotNull(State.TryReadReceiptKey(winner));
        Assert.Single(Directory.GetFiles(folder.File("state/keys")));
    }

    [Fact]
    public async Task Of_two_at_once_one_wins_in_every_order()
    {
        RepositoryDraft[] drafts = [Draft(), Draft()];
        int firstWins = 0;
        for (int schedule = 0; schedule < 1 << 10; schedule++)
        {
            var store = new MemoryBlobStore();
            Exception?[] results = await RaceAsync(store, drafts, schedule, killAt: int.MaxValue);

            int winner = Array.IndexOf(results, null);
            Assert.Equal("RepositoryExists", Assert.IsType<RepositoryException>(results[1 - winner]).ErrorId);
            await CheckAsync(store, drafts[winner]);
            Assert.Equal(2, (await NamesAsync(store)).Count);
            firstWins += winner == 0 ? 1 : 0;
        }

        Assert.InRange(firstWins, 1, (1 << 10) - 1);
    }

    [Fact]
    public async Task Of_two_at_once_one_may_be_killed_anywhere()
    {
        RepositoryDraft[] drafts = [Draft(), Draft()];
        for (int killAt = 0; killAt < 6; killAt++)
        {
            for (int schedule = 0; schedule < 1 << 8; schedule++)
            {
                var store = new MemoryBlobStore();
                Exception?[] results = await RaceAsync(store, drafts, schedule, killAt);
                await CheckAsync(store, results[1] is null ? drafts[1] : drafts[0]);
            }
        }
    }

    private RepositoryOpener Opener => new(TimeProvider.System, RandomSource.System, observer);

    private static RepositoryDraft Draft()
    {
        using RecipientPrivateKey certificate = RecipientPrivateKey.Generate();
        using SigningKey owner = SigningKey.Generate();
        return RepositoryDraft.Create(new CreateOptions { Certificate = certificate.PublicKey }, owner, owner.PublicKey, TimeProvider.System, RandomSource.System);
    }

    private static Task<Exception?[]> RaceAsync(MemoryBlobStore store, RepositoryDraft[] drafts, int schedule, int killAt)
    {
        var turns = new Turns(2);
        IBlobStore[] views = [turns.View(store, 0, killAt), turns.View(store, 1)];
        int bit = 0;
        return turns.RunAsync(
            [() => RepositoryCreator.CommitAsync(views[0], drafts[0], Token), () => RepositoryCreator.CommitAsync(views[1], drafts[1], Token)],
            () => (schedule >> (bit++ % 30)) & 1);
    }

    private static async Task CheckAsync(MemoryBlobStore store, RepositoryDraft expected)
    {
        RepositoryConfiguration configuration = await RepositoryOpener.ReadConfigurationAsync(store, Token);
        TrustChain chain = await TrustReader.ReadAsync(store, TrustChain.Empty(configuration), Token);
        Assert.Equal(expected.Configuration.Id, configuration.Id);
        Assert.Equal(expected.Trust.Hash, chain.Hash);
        Assert.Null(chain.End);
    }

    private static async Task<List<string>> NamesAsync(MemoryBlobStore store) =>
        await store.ListAsync(string.Empty, Token).Select(entry => entry.Name.Value).ToListAsync(Token);

    private Task<RepositoryException> RefusedAsync(MemoryBlobStore store, CreateOptions options) =>
        Assert.ThrowsAsync<RepositoryException>(() => creator.CreateAsync(store, options, State, Token));
}
