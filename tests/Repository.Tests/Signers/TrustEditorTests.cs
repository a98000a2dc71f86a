using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Tests.Repositories;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests.Signers;

/// <summary>Changes of recipients, owners and signers, by one and by several at once.</summary>
public sealed class TrustEditorTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recipient_is_added_by_one_record_and_reads_everything()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using RecipientPrivateKey second = RecipientPrivateKey.Generate();
        List<string> before = await NamesAsync(made.Store);

        TrustRecipient added = await editor.AddCertificateAsync(second.PublicKey, "second", Token);

        Assert.Equal(["trust/0000000002"], (await NamesAsync(made.Store)).Except(before, StringComparer.Ordinal));
        using OpenRepository opened = await OpenAsync(made, second);
        Assert.Equal(added.Id, opened.Recipient!.Id);
        Assert.Equal(1u, opened.RequireNewestKeyring().Epoch);
        Assert.Equal("RecipientExists", (await Assert.ThrowsAsync<RepositoryException>(() => editor.AddCertificateAsync(second.PublicKey, "again", Token))).ErrorId);
    }

    [Fact]
    public async Task A_removed_recipient_keeps_the_past_and_is_shut_out_of_the_rest()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using RecipientPrivateKey second = RecipientPrivateKey.Generate();
        TrustRecipient added = await editor.AddCertificateAsync(second.PublicKey, "second", Token);
        using OpenRepository former = await OpenAsync(made, second);
        byte[] objectId = RandomSource.System.NextBytes(32);
        byte[] sealedBefore = Seal(repository, objectId);

        await editor.RemoveRecipientAsync(added.Id, Token);
        byte[] sealedAfter = Seal(repository, objectId);

        Assert.Equal("WrongSecret", (await Assert.ThrowsAsync<RepositoryException>(() => OpenAsync(made, second))).ErrorId);
        await former.RefreshTrustAsync(Token);
        Assert.Equal(1u, former.RequireKeyring().Epoch);
        Assert.Equal("RecipientRemoved", Assert.Throws<RepositoryException>(() => former.RequireNewestKeyring()).ErrorId);
        using (AeadKey old = former.RequireKeyring().ObjectKey(1, objectId, ObjectKind.Pack))
        {
            Assert.True(old.TryOpen(new byte[12], sealedBefore, [], new byte[3]));
            Assert.False(old.TryOpen(new byte[12], sealedAfter, [], new byte[3]));
        }

        Assert.Equal(2u, repository.RequireNewestKeyring().Epoch);
        Assert.Equal("RecipientNotFound", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RemoveRecipientAsync(added.Id, Token))).ErrorId);
    }

    [Fact]
    public async Task The_last_recipient_and_the_last_owner_stay()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);

        Assert.Equal("LastRecipient", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RemoveRecipientAsync(repository.Recipient!.Id, Token))).ErrorId);
        Assert.Equal("LastOwner", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RemoveOwnerAsync(made.Trust.FirstOwner, Token))).ErrorId);
        Assert.Equal("OwnerNotFound", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RemoveOwnerAsync(made.Member.PublicKey.Fingerprint, Token))).ErrorId);
        IReadOnlyDictionary<Guid, long> none = new Dictionary<Guid, long>();
        Assert.Equal("LastSigner", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RevokeSignerAsync(made.Member.PublicKey.Fingerprint, none, [], Token))).ErrorId);
        Assert.Equal(1, repository.Trust.Number);

        using SigningKey other = SigningKey.Generate();
        await editor.AdmitSignerAsync(other.PublicKey, "remover", SignerRights.Remove, null, Token);
        Assert.Equal("LastSigner", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RevokeSignerAsync(made.Member.PublicKey.Fingerprint, none, [], Token))).ErrorId);
        await editor.AdmitSignerAsync(other.PublicKey, "remover", SignerRights.Capture, null, Token);
        await editor.RevokeSignerAsync(made.Member.PublicKey.Fingerprint, none, [], Token);
        Assert.Equal("LastSigner", (await Assert.ThrowsAsync<RepositoryException>(() => editor.RevokeSignerAsync(other.PublicKey.Fingerprint, none, [], Token))).ErrorId);
    }

    [Fact]
    public async Task A_name_that_is_taken_puts_no_slot_and_no_record()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using var passphrase = new SecretText("second");
        using SigningKey signer = SigningKey.Generate();
        using RecipientPrivateKey certificate = RecipientPrivateKey.Generate();
        await editor.AddPassphraseAsync(passphrase, "anna", Token);
        await editor.AddOwnerAsync(passphrase, "anna", Token);
        await editor.AdmitSignerAsync(signer.PublicKey, "anna", SignerRights.Capture, null, Token);
        List<string> before = await NamesAsync(made.Store);
        using SigningKey another = SigningKey.Generate();
        foreach (Func<Task> again in new Func<Task>[]
        {
            () => editor.AddPassphraseAsync(passphrase, "ANNA", Token),
            () => editor.AddCertificateAsync(certificate.PublicKey, "anna", Token),
            () => editor.AddOwnerAsync(passphrase, "Anna", Token),
            () => editor.AdmitSignerAsync(another.PublicKey, "anna", SignerRights.Remove, null, Token),
        })
        {
            Assert.Equal("KeyNameTaken", (await Assert.ThrowsAsync<RepositoryException>(again)).ErrorId);
        }

        Assert.Equal(before, await NamesAsync(made.Store));
    }

    [Fact]
    public async Task A_changed_passphrase_opens_reads_and_owns_and_the_old_one_does_not()
    {
        using var folder = new TemporaryFolder();
        var store = new MemoryBlobStore();
        var state = new MemberState(folder.File("state"), new HeardObserver());
        using var old = new SecretText("old");
        using var changed = new SecretText("changed");
        using OpenRepository repository = await new RepositoryCreator(TimeProvider.System, RandomSource.System)
            .CreateAsync(store, new CreateOptions { Passphrase = old, DerivationTime = TimeSpan.Zero }, state, Token);
        string[] slotsBefore = [.. (await NamesAsync(store)).Where(IsSlot)];

        using (TrustEditor editor = await TrustEditor.OpenAsync(repository, old, TimeSpan.Zero, Token))
        {
            await editor.ChangePassphraseAsync(old, changed, null, Token);
        }

        Assert.Equal(2u, repository.RequireNewestKeyring().Epoch);
        Assert.Equal(2, repository.Trust.Number);
        string[] slotsAfter = [.. (await NamesAsync(store)).Where(IsSlot)];
        Assert.Equal(2, slotsAfter.Length);
        Assert.Empty(slotsAfter.Intersect(slotsBefore, StringComparer.Ordinal));
        Assert.Equal("WrongSecret", (await Assert.ThrowsAsync<RepositoryException>(() => Opener.OpenAsync(store, new OpenOptions { Passphrase = old }, Token))).ErrorId);
        Assert.Equal("WrongSecret", (await Assert.ThrowsAsync<RepositoryException>(() => TrustEditor.OpenAsync(repository, old, TimeSpan.Zero, Token))).ErrorId);
        using OpenRepository opened = await Opener.OpenAsync(store, new OpenOptions { Passphrase = changed }, Token);
        Assert.Equal(2u, opened.RequireNewestKeyring().Epoch);
        using TrustEditor again = await TrustEditor.OpenAsync(opened, changed, TimeSpan.Zero, Token);
        await again.AdmitSignerAsync(repository.Signer!.PublicKey, "again", SignerRights.Capture, null, Token);
    }

    [Fact]
    public async Task A_second_owner_has_a_passphrase_of_its_own_and_outlives_the_first()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using var passphrase = new SecretText("second");
        using TrustEditor first = made.Edit(repository);
        TrustOwner added = await first.AddOwnerAsync(passphrase, "second", Token);

        using TrustEditor second = await TrustEditor.OpenAsync(repository, passphrase, TimeSpan.Zero, Token);
        await second.RemoveOwnerAsync(made.Trust.FirstOwner, Token);

        Assert.True(repository.Trust.IsOwner(added.Fingerprint));
        Assert.Equal("TrustUnsigned", (await Assert.ThrowsAsync<IntegrityException>(() =>
            first.AdmitSignerAsync(made.Owner.PublicKey, "x", SignerRights.Capture, null, Token))).ErrorId);
        await second.AdmitSignerAsync(made.Owner.PublicKey, "x", SignerRights.Capture, null, Token);
        Assert.Equal(4, repository.Trust.Number);
        Assert.Null(repository.Trust.End);
    }

    [Fact]
    public async Task Two_owners_at_once_both_get_their_way()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        OpenRepository[] views = [made.Open(), made.Open()];
        TrustEditor[] editors = [made.Edit(views[0]), made.Edit(views[1])];
        KeyFingerprint[][] admitted = await Task.WhenAll(editors.Select(editor => Task.Run(() => AdmitManyAsync(editor))));

        await views[0].RefreshTrustAsync(Token);

        Assert.Equal(21, views[0].Trust.Number);
        Assert.All(admitted.SelectMany(keys => keys), key => Assert.True(views[0].Trust.HasAnyRight(key)));
    }

    [Fact]
    public async Task In_every_order_of_two_removals_one_learns_that_there_is_nothing_left_to_remove()
    {
        using RecipientPrivateKey second = RecipientPrivateKey.Generate();
        for (int schedule = 0; schedule < 1 << 6; schedule++)
        {
            using TestRepository made = await TestRepository.CreateAsync();
            TrustRecipient added;
            using (OpenRepository repository = made.Open())
            using (TrustEditor editor = made.Edit(repository))
            {
                added = await editor.AddCertificateAsync(second.PublicKey, "second", Token);
            }

            var turns = new Turns(2);
            int bit = 0;
            Func<Task> Remove(int actor) => async () =>
            {
                using OpenRepository repository = made.Open(store: turns.View(made.Store, actor));
                using TrustEditor editor = made.Edit(repository);
                await editor.RemoveRecipientAsync(added.Id, Token);
            };
            int order = schedule;
            Exception?[] results = await turns.RunAsync([Remove(0), Remove(1)], () => (order >> (bit++ % 6)) & 1);

            Assert.Single(results, result => result is null);
            Assert.Equal("RecipientNotFound", Assert.IsType<RepositoryException>(results.Single(result => result is not null)).ErrorId);
            using OpenRepository after = made.Open();
            TrustChain chain = await after.RefreshTrustAsync(Token);
            Assert.Equal((3L, 2u), (chain.Number, chain.Epoch));
        }
    }

    [Fact]
    public async Task Signers_are_admitted_and_revoked_without_a_key()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository verifier = made.OpenWithoutKey();
        using TrustEditor editor = made.Edit(verifier);
        using SigningKey signer = SigningKey.Generate();
        using RecipientPrivateKey reader = RecipientPrivateKey.Generate();
        Guid workload = Guid.NewGuid();

        await editor.AdmitSignerAsync(signer.PublicKey, "s", SignerRights.Capture, [workload], Token);
        await editor.RevokeSignerAsync(signer.PublicKey.Fingerprint, new Dictionary<Guid, long> { [workload] = 3 }, [], Token);

        Assert.True(verifier.Trust.HasRight(signer.PublicKey.Fingerprint, SignerRights.Capture, workload, 3));
        Assert.False(verifier.Trust.HasRight(signer.PublicKey.Fingerprint, SignerRights.Capture, workload, 4));
        Assert.Equal("SignerNotFound", (await Assert.ThrowsAsync<RepositoryException>(() =>
            editor.RevokeSignerAsync(signer.PublicKey.Fingerprint, new Dictionary<Guid, long>(), [], Token))).ErrorId);
        Assert.Equal("KeyRequired", (await Assert.ThrowsAsync<RepositoryException>(() => editor.AddCertificateAsync(reader.PublicKey, "r", Token))).ErrorId);
        Assert.Equal("RightsInvalid", (await Assert.ThrowsAsync<RepositoryException>(() =>
            editor.AdmitSignerAsync(signer.PublicKey, "s", SignerRights.None, null, Token))).ErrorId);
        Assert.Equal("RightsInvalid", (await Assert.ThrowsAsync<RepositoryException>(() =>
            editor.AdmitSignerAsync(signer.PublicKey, "s", SignerRights.Capture, [], Token))).ErrorId);
    }

    [Fact]
    public async Task A_member_admits_within_its_rights_and_puts_nothing_else()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository member = made.Open();
        using SigningKey limited = SigningKey.Generate();
        using SigningKey other = SigningKey.Generate();
        using (TrustEditor editor = TrustEditor.ForMember(member))
        {
            await editor.AdmitSignerAsync(limited.PublicKey, "limited", SignerRights.Admit | SignerRights.Capture, null, Token);
        }

        using OpenRepository second = made.OpenAs(TestRepository.Copy(limited));
        await second.RefreshTrustAsync(Token);
        using TrustEditor its = TrustEditor.ForMember(second);
        await Assert.ThrowsAsync<InvalidFormatException>(() => its.AdmitSignerAsync(other.PublicKey, "x", SignerRights.Compact, null, Token));
        await Assert.ThrowsAsync<InvalidFormatException>(() => its.RevokeSignerAsync(made.Member.PublicKey.Fingerprint, new Dictionary<Guid, long>(), [], Token));

        Assert.Equal(2, (await second.RefreshTrustAsync(Token)).Number);
        using OpenRepository stranger = made.OpenAs(TestRepository.Copy(other));
        Assert.Equal("SignerNotAdmitted", Assert.Throws<RepositoryException>(() => TrustEditor.ForMember(stranger)).ErrorId);
    }

    [Fact]
    public async Task Slots_that_no_record_names_stay_those_that_one_removed_go()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();
        using TrustEditor editor = made.Edit(repository);
        using var passphrase = new SecretText("second");
        BlobName unnamed = RepositoryNames.Slot(RecordId.Draw(RandomSource.System));
        await made.Store.PutIfAbsentAsync(unnamed, "{}"u8.ToArray(), Token);
        TrustRecipient added = await editor.AddPassphraseAsync(passphrase, "second", Token);
        Assert.Equal(2, (await NamesAsync(made.Store)).Count(IsSlot));

        await editor.RemoveRecipientAsync(added.Id, Token);

        Assert.Equal([unnamed.Value], (await NamesAsync(made.Store)).Where(IsSlot));
    }

    private static bool IsSlot(string name) => name.StartsWith(RepositoryNames.SlotPrefix, StringComparison.Ordinal);

    private static RepositoryOpener Opener => new(TimeProvider.System, RandomSource.System, new HeardObserver());

    private static Task<OpenRepository> OpenAsync(TestRepository made, RecipientPrivateKey key) =>
        Opener.OpenAsync(made.Store, new OpenOptions { Recipient = TestRepository.Copy(key), Fingerprint = made.Trust.FirstOwner }, Token);

    private static byte[] Seal(OpenRepository repository, byte[] objectId)
    {
        using AeadKey key = repository.RequireNewestKeyring().ObjectKey(repository.Trust.Epoch, objectId, ObjectKind.Pack);
        byte[] sealedText = new byte[3 + AeadKey.TagSize];
        key.Seal(new byte[12], [1, 2, 3], [], sealedText);
        return sealedText;
    }

    private static async Task<KeyFingerprint[]> AdmitManyAsync(TrustEditor editor)
    {
        var keys = new List<KeyFingerprint>();
        for (int index = 0; index < 10; index++)
        {
            using SigningKey key = SigningKey.Generate();
            await editor.AdmitSignerAsync(key.PublicKey, key.PublicKey.Fingerprint.ToString(), SignerRights.Capture, null, Token);
            keys.Add(key.PublicKey.Fingerprint);
        }

        return [.. keys];
    }

    private static async Task<List<string>> NamesAsync(IBlobStore store) =>
        await store.ListAsync(string.Empty, Token).Select(entry => entry.Name.Value).ToListAsync(Token);
}
