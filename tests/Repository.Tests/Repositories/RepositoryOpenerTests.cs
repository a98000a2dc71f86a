using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

/// <summary>What opens, with what, and everything that is refused.</summary>
public sealed class RepositoryOpenerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly HeardObserver observer = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private MemberState State => new(folder.File("state"), observer);

    private RepositoryOpener Opener => new(TimeProvider.System, RandomSource.System, observer);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_certificate_opens_where_the_owner_is_pinned()
    {
        using TestRepository made = await TestRepository.CreateAsync();

        using (OpenRepository first = await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
            Assert.Equal(1u, first.RequireNewestKeyring().Epoch);
            Assert.Equal(made.Instance.Id, first.Instance!.Id);
        }

        using OpenRepository second = await OpenAsync(made, Certificate(made));
        Assert.Equal(made.Trust.FirstOwner, State.ReadPin(made.Configuration.Id));
        Assert.NotNull(second.Keyring);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_lost_identity_is_put_again_by_who_saw_it(bool isDamaged)
    {
        using TestRepository made = await TestRepository.CreateAsync();
        (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner })).Dispose();
        byte[] whole = await made.Store.ReadAllAsync(RepositoryNames.Instance, 1 << 16, Token);
        await LoseIdentityAsync(made, isDamaged);

        using (OpenRepository keyless = await OpenAsync(made, new OpenOptions { State = State }))
        {
            Assert.Equal(made.Instance.Id, keyless.Instance!.Id);
        }

        Assert.NotEqual(whole, await made.Store.TryReadAllAsync(RepositoryNames.Instance, 1 << 16, Token));
        InstanceRecord again = await InstanceRecord.EnsureAsync(made.Store, made.Configuration.Id, State, RandomSource.System, Token);
        Assert.Equal(made.Instance.Id, again.Id);
        Assert.Equal(whole, await made.Store.ReadAllAsync(RepositoryNames.Instance, 1 << 16, Token));
    }

    [Fact]
    public async Task A_lost_identity_hides_no_older_trust()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner })).Dispose();
        State.NoteTrustSeen(made.Configuration.Id, made.Instance.Id, new SeenMark(7, RecordHash.Of([1])));
        await LoseIdentityAsync(made, isDamaged: true);
        Assert.Equal("TrustRolledBack", (await RefusedAsync(made, Certificate(made))).ErrorId);
    }

    [Fact]
    public async Task A_damaged_identity_that_was_never_seen_is_told_and_no_other_takes_its_place()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await LoseIdentityAsync(made, isDamaged: true);
        using OpenRepository opened = await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner });
        Assert.Null(opened.Instance);
        Assert.Contains(observer.Warnings, warning => warning.Contains("Connect-WorkloadRepository", StringComparison.Ordinal));
        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(
            () => InstanceRecord.EnsureAsync(made.Store, made.Configuration.Id, State, RandomSource.System, Token));
        Assert.Equal("InstanceDamaged", error.ErrorId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_pin_the_error_names_the_fingerprint_and_what_to_type(bool withCertificate)
    {
        using TestRepository made = await TestRepository.CreateAsync();
        string fingerprint = Convert.ToHexStringLower(made.Trust.FirstOwner.AsSpan());

        RepositoryException error = await RefusedAsync(made, withCertificate ? Certificate(made) : new OpenOptions { State = State });

        Assert.Equal("OwnerNotPinned", error.ErrorId);
        Assert.Contains(fingerprint, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(
            $"Connect-WorkloadRepository -Path 'memory'{(withCertificate ? " -Certificate $certificate" : string.Empty)} -Fingerprint {fingerprint}",
            error.RecommendedAction,
            StringComparison.Ordinal);
        Assert.Null(State.ReadPin(made.Configuration.Id));
        Assert.Equal(made.Trust.FirstOwner, await RepositoryOpener.ReadOwnerAsync(made.Store, Token));
    }

    [Fact]
    public async Task Without_a_secret_it_opens_to_list_and_verify()
    {
        using TestRepository made = await TestRepository.CreateAsync();

        using OpenRepository repository = await OpenAsync(made, new OpenOptions { State = State, Fingerprint = made.Trust.FirstOwner });

        Assert.Null(repository.Keyring);
        Assert.Equal(1, repository.Trust.Number);
    }

    [Fact]
    public async Task A_chain_of_an_attacker_wrapped_to_the_public_certificate_is_refused()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
        }

        // The attacker writes the store, knows repository.json and the certificate, and signs a first record of its own.
        using SigningKey attacker = SigningKey.Generate();
        using var keyring = Portability.Repository.Keys.Keyring.Create(made.Configuration.Id, RandomSource.System);
        TrustBody body = TrustDraft.Next(TrustChain.Empty(made.Configuration), DateTime.UnixEpoch) with
        {
            AdmitOwners = [TrustDraft.Owner(attacker.PublicKey, "first")],
            AdmitSigners = [TrustDraft.Signer(attacker.PublicKey, "first", SignerRights.Capture, null)],
            AddRecipients = [TrustDraft.Recipient(RecordId.Draw(RandomSource.System), RepositoryKeyKind.Certificate, made.Recipient.PublicKey, "first")],
        };
        body = TrustDraft.WithKeyringsForAdded(body, keyring);
        SignedRecord record = new RecordSigner(made.Configuration.Id, attacker, RandomSource.System).Sign(RecordKind.Trust, TrustDraft.Encode(body, keyring, 0));
        await made.Store.DeleteAsync(RepositoryNames.Trust(1), Token);
        await made.Store.PutIfAbsentAsync(RepositoryNames.Trust(1), record.Bytes, Token);

        Assert.Equal("OwnerChanged", (await RefusedAsync(made, Certificate(made))).ErrorId);
        Assert.Equal("OwnerChanged", (await RefusedAsync(made, new OpenOptions { State = State })).ErrorId);
        var elsewhere = new MemberState(folder.File("other"), observer);
        RepositoryException unpinned = await RefusedAsync(made, Certificate(made) with { State = elsewhere });
        Assert.Equal("OwnerNotPinned", unpinned.ErrorId);
        Assert.Contains(Convert.ToHexStringLower(attacker.PublicKey.Fingerprint.AsSpan()), unpinned.Message, StringComparison.Ordinal);
        Assert.Equal("OwnerChanged", (await RefusedAsync(made, Certificate(made) with { State = elsewhere, Fingerprint = made.Trust.FirstOwner })).ErrorId);
    }

    [Fact]
    public async Task A_passphrase_vouches_for_the_owner_and_refuses_another()
    {
        var store = new MemoryBlobStore();
        using var passphrase = new SecretText("p");
        using OpenRepository created = await new RepositoryCreator(TimeProvider.System, RandomSource.System)
            .CreateAsync(store, new CreateOptions { Passphrase = passphrase, DerivationTime = TimeSpan.Zero }, State, Token);
        var elsewhere = new MemberState(folder.File("other"), observer);

        // Without any pin: the passphrase alone.
        using (await Opener.OpenAsync(store, new OpenOptions { Passphrase = passphrase, State = elsewhere }, Token))
        {
            Assert.Equal(created.Trust.FirstOwner, elsewhere.ReadPin(created.Id));
        }

        // An attacker's chain that names the victim's own slot and recipient key.
        using SigningKey attacker = SigningKey.Generate();
        using var keyring = Portability.Repository.Keys.Keyring.Create(created.Id, RandomSource.System);
        TrustRecipient reader = created.Trust.Recipients.Single();
        TrustSlot slot = created.Trust.Slots.Single(candidate => string.Equals(candidate.For, reader.Id.ToString(), StringComparison.Ordinal));
        TrustBody body = TrustDraft.Next(TrustChain.Empty(created.Configuration), DateTime.UnixEpoch) with
        {
            AdmitOwners = [TrustDraft.Owner(attacker.PublicKey, "first")],
            AddRecipients = [TrustDraft.Recipient(reader.Id, RepositoryKeyKind.Passphrase, reader.Key, "first")],
            AddSlots = [new TrustSlotBody { Id = slot.Id, Hash = slot.Hash, For = slot.For }],
        };
        body = TrustDraft.WithKeyringsForAdded(body, keyring);
        SignedRecord record = new RecordSigner(created.Id, attacker, RandomSource.System).Sign(RecordKind.Trust, TrustDraft.Encode(body, keyring, 0));
        await store.DeleteAsync(RepositoryNames.Trust(1), Token);
        await store.PutIfAbsentAsync(RepositoryNames.Trust(1), record.Bytes, Token);

        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() =>
            Opener.OpenAsync(store, new OpenOptions { Passphrase = passphrase }, Token));
        Assert.Equal("OwnerForged", error.ErrorId);
    }

    [Fact]
    public async Task A_wrong_secret_says_the_same_whatever_it_is()
    {
        using TestRepository withCertificate = await TestRepository.CreateAsync();
        using var wrong = new SecretText("wrong");
        using RecipientPrivateKey stranger = RecipientPrivateKey.Generate();
        MemoryBlobStore store = await VectorStoreAsync();
        using SigningKey owner = SigningKey.Read(Convert.FromBase64String(FormatVectors.OwnerKey));

        RepositoryException[] errors =
        [
            await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(store, new OpenOptions { Passphrase = wrong }, Token)),
            await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(store, new OpenOptions { Recipient = stranger, Fingerprint = owner.PublicKey.Fingerprint }, Token)),
            await RefusedAsync(withCertificate, new OpenOptions { Passphrase = wrong }),
            await RefusedAsync(withCertificate, new OpenOptions { Recipient = stranger, Fingerprint = withCertificate.Trust.FirstOwner }),
        ];

        Assert.All(errors, error => Assert.Equal("WrongSecret", error.ErrorId));
        Assert.Single(errors.Select(error => error.Message).Distinct(StringComparer.Ordinal));
        Assert.DoesNotContain('\n', errors[0].Message);
        Assert.Single(errors.Select(error => error.RecommendedAction).Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_store_without_slots_says_that_instead()
    {
        MemoryBlobStore store = await VectorStoreAsync(withSlots: false);
        using var passphrase = new SecretText(FormatVectors.Passphrase);

        Assert.Equal("KeySlotsAbsent", (await Assert.ThrowsAsync<RepositoryException>(() =>
            Opener.OpenAsync(store, new OpenOptions { Passphrase = passphrase }, Token))).ErrorId);
    }

    [Fact]
    public async Task An_exchanged_or_damaged_slot_is_named_and_not_tried()
    {
        MemoryBlobStore store = await VectorStoreAsync(withSlots: false);
        BlobName name = BlobName.Parse("trust/slots/" + FormatVectors.RecipientSlotId);
        string slot = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(FormatVectors.RecipientSlot));
        await store.PutIfAbsentAsync(name, System.Text.Encoding.UTF8.GetBytes(slot.Replace("600000", "50000000", StringComparison.Ordinal)), Token);
        using var passphrase = new SecretText(FormatVectors.Passphrase);

        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() => Opener.OpenAsync(store, new OpenOptions { Passphrase = passphrase }, Token));

        Assert.Equal("SlotDamaged", error.ErrorId);
        Assert.Equal(name.Value, error.TargetName);
    }

    [Fact]
    public async Task Fewer_trust_records_than_were_seen_are_refused()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AppendAsync(made, "second");
        using (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
        }

        await made.Store.DeleteAsync(RepositoryNames.Trust(2), Token);

        Assert.Equal("TrustRolledBack", (await RefusedAsync(made, Certificate(made))).ErrorId);
        Assert.Equal("TrustRolledBack", (await RefusedAsync(made, new OpenOptions { State = State })).ErrorId);
    }

    [Fact]
    public async Task Another_record_under_a_seen_number_is_refused_at_every_store()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AppendAsync(made, "second");
        using (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
        }

        await made.Store.DeleteAsync(RepositoryNames.Trust(2), Token);
        await AppendAsync(made, "another second");
        await AppendAsync(made, "third");

        Assert.Equal("TrustForked", (await RefusedAsync(made, Certificate(made))).ErrorId);
        MemoryBlobStore mirror = await CopyAsync(made.Store, name => name != RepositoryNames.Instance);
        using SigningKey receipt = SigningKey.Generate();
        await mirror.PutIfAbsentAsync(
            RepositoryNames.Instance, InstanceRecord.Create(made.Configuration.Id, Guid.NewGuid(), receipt, RandomSource.System).Record.Bytes, Token);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() =>
            Opener.OpenAsync(new HookedBlobStore(mirror, location: "mirror"), Certificate(made), Token));
        Assert.Equal("TrustForked", error.ErrorId);
    }

    [Fact]
    public async Task A_mirror_may_lag_behind()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        MemoryBlobStore mirror = await CopyAsync(made.Store, name => name != RepositoryNames.Instance);
        using SigningKey receipt = SigningKey.Generate();
        await mirror.PutIfAbsentAsync(
            RepositoryNames.Instance, InstanceRecord.Create(made.Configuration.Id, Guid.NewGuid(), receipt, RandomSource.System).Record.Bytes, Token);
        await AppendAsync(made, "second");
        using (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
        }

        using OpenRepository lagging = await Opener.OpenAsync(new HookedBlobStore(mirror, location: "mirror"), Certificate(made), Token);

        Assert.Equal(1, lagging.Trust.Number);
    }

    [Fact]
    public async Task A_new_identity_of_a_known_place_is_refused()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using (await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner }))
        {
        }

        using SigningKey receipt = SigningKey.Generate();
        await made.Store.DeleteAsync(RepositoryNames.Instance, Token);
        await made.Store.PutIfAbsentAsync(
            RepositoryNames.Instance, InstanceRecord.Create(made.Configuration.Id, Guid.NewGuid(), receipt, RandomSource.System).Record.Bytes, Token);

        Assert.Equal("InstanceReplaced", (await RefusedAsync(made, Certificate(made))).ErrorId);
    }

    [Fact]
    public async Task A_record_that_does_not_verify_ends_the_chain_and_is_reported()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AppendAsync(made, "second");
        byte[] good = await made.Store.ReadAllAsync(RepositoryNames.Trust(2), 1 << 20, Token);
        await AppendAsync(made, "third");
        good[^1] ^= 1;
        await made.Store.DeleteAsync(RepositoryNames.Trust(2), Token);
        await made.Store.PutIfAbsentAsync(RepositoryNames.Trust(2), good, Token);

        using OpenRepository repository = await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner });

        Assert.Equal(1, repository.Trust.Number);
        Assert.Equal("trust/0000000002", repository.Trust.End!.Name);
        Assert.Contains(observer.Warnings, warning => warning.Contains("'trust/0000000002'", StringComparison.Ordinal));
        using TrustEditor editor = made.Edit(repository);
        IntegrityException error = await Assert.ThrowsAsync<IntegrityException>(() =>
            editor.AdmitSignerAsync(made.Owner.PublicKey, "x", SignerRights.Capture, null, Token));
        Assert.Equal("TrustBroken", error.ErrorId);
    }

    [Fact]
    public async Task A_missing_record_ends_the_chain()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await AppendAsync(made, "second");
        await AppendAsync(made, "third");
        await made.Store.DeleteAsync(RepositoryNames.Trust(2), Token);

        using OpenRepository repository = await OpenAsync(made, Certificate(made) with { Fingerprint = made.Trust.FirstOwner });

        Assert.Equal(1, repository.Trust.Number);
        Assert.Equal("trust/0000000002", repository.Trust.End!.Name);
    }

    [Fact]
    public async Task An_empty_store_holds_no_repository()
    {
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(new MemoryBlobStore(), new OpenOptions(), Token));

        Assert.Equal("RepositoryNotFound", error.ErrorId);
        Assert.Contains("New-WorkloadRepository", error.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Something_else_under_the_name_is_no_repository()
    {
        var store = new MemoryBlobStore();
        await store.PutIfAbsentAsync(RepositoryNames.Configuration, "<html>"u8.ToArray(), Token);
        var large = new MemoryBlobStore();
        await large.PutIfAbsentAsync(RepositoryNames.Configuration, new byte[1 << 20], Token);

        Assert.Equal("NotARepository", (await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(store, new OpenOptions(), Token))).ErrorId);
        Assert.Equal("NotARepository", (await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(large, new OpenOptions(), Token))).ErrorId);
    }

    [Fact]
    public async Task A_later_format_is_refused_by_its_record()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await made.Store.PutIfAbsentAsync(BlobName.Parse("format/0000000002"), "{}"u8.ToArray(), Token);

        Assert.Equal("FormatTooNew", (await Assert.ThrowsAsync<UnsupportedFeatureException>(() => OpenAsync(made, Certificate(made)))).ErrorId);
    }

    [Fact]
    public async Task Another_configuration_does_not_fit_the_chain()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        byte[] other = made.Configuration.Bytes.ToArray();
        string text = System.Text.Encoding.UTF8.GetString(other).Replace("\"padPacks\":false", "\"padPacks\":true", StringComparison.Ordinal);
        await made.Store.DeleteAsync(RepositoryNames.Configuration, Token);
        await made.Store.PutIfAbsentAsync(RepositoryNames.Configuration, System.Text.Encoding.UTF8.GetBytes(text), Token);

        Assert.Equal("TrustMissing", (await Assert.ThrowsAsync<IntegrityException>(() => OpenAsync(made, Certificate(made)))).ErrorId);
    }

    [Fact]
    public async Task A_damaged_identity_of_the_store_is_reported()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        await made.Store.DeleteAsync(RepositoryNames.Instance, Token);
        await made.Store.PutIfAbsentAsync(RepositoryNames.Instance, new byte[500], Token);

        using OpenRepository repository = await OpenAsync(made, Certificate(made) with { State = null, Fingerprint = made.Trust.FirstOwner });

        Assert.Null(repository.Instance);
        Assert.Single(observer.Warnings);
    }

    private static async Task AppendAsync(TestRepository made, string name)
    {
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using SigningKey key = SigningKey.Generate();
        await editor.AdmitSignerAsync(key.PublicKey, name, SignerRights.Capture, null, Token);
    }

    private static async Task LoseIdentityAsync(TestRepository made, bool isDamaged)
    {
        byte[] bytes = await made.Store.ReadAllAsync(RepositoryNames.Instance, 1 << 16, Token);
        await made.Store.DeleteAsync(RepositoryNames.Instance, Token);
        if (isDamaged)
        {
            bytes[^100] ^= 1;
            await made.Store.PutIfAbsentAsync(RepositoryNames.Instance, bytes, Token);
        }
    }

    private static async Task<MemoryBlobStore> CopyAsync(IBlobStore source, Func<BlobName, bool> which)
    {
        var copy = new MemoryBlobStore();
        await foreach (BlobEntry entry in source.ListAsync(string.Empty, Token))
        {
            if (which(entry.Name))
            {
                await copy.PutIfAbsentAsync(entry.Name, await source.ReadAllAsync(entry.Name, 1 << 20, Token), Token);
            }
        }

        return copy;
    }

    private static async Task<MemoryBlobStore> VectorStoreAsync(bool withSlots = true)
    {
        var store = new MemoryBlobStore();
        await store.PutIfAbsentAsync(RepositoryNames.Configuration, Convert.FromBase64String(FormatVectors.Configuration), Token);
        await store.PutIfAbsentAsync(RepositoryNames.Trust(1), Convert.FromBase64String(FormatVectors.Trust1), Token);
        if (withSlots)
        {
            await store.PutIfAbsentAsync(BlobName.Parse("trust/slots/" + FormatVectors.RecipientSlotId), Convert.FromBase64String(FormatVectors.RecipientSlot), Token);
        }

        return store;
    }

    private OpenOptions Certificate(TestRepository made) => new() { Recipient = TestRepository.Copy(made.Recipient), State = State };

    private Task<OpenRepository> OpenAsync(TestRepository made, OpenOptions options) => Opener.OpenAsync(made.Store, options, Token);

    private Task<RepositoryException> RefusedAsync(TestRepository made, OpenOptions options) =>
        Assert.ThrowsAsync<RepositoryException>(() => OpenAsync(made, options));
}
