using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Signers;
using Xunit;

namespace Portability.Repository.Tests.Signers;

/// <summary>Which trust records verify, and what ends a chain.</summary>
public sealed class TrustChainTests
{
    [Fact]
    public async Task An_owner_admits_another_who_then_changes_trust()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey second = SigningKey.Generate();

        forge.Append(forge.Next with { AdmitOwners = [TrustDraft.Owner(second.PublicKey, "second")] });
        forge.Append(forge.Next with { RemoveOwners = [Fingerprint(forge.Made.Owner)] }, second);

        Assert.Equal(3, forge.Chain.Number);
        Assert.False(forge.Chain.IsOwner(forge.Made.Owner.PublicKey.Fingerprint));
        Assert.Equal(forge.Made.Owner.PublicKey.Fingerprint, forge.Chain.FirstOwner);
        Assert.Equal("TrustUnsigned", forge.Refuse(forge.Next).ErrorId);
        forge.Append(forge.Next, second);
    }

    [Fact]
    public async Task Nobody_else_changes_trust()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey stranger = SigningKey.Generate();

        Assert.Equal("TrustUnsigned", forge.Refuse(forge.Next, stranger).ErrorId);
        Assert.Equal("TrustUnsigned", forge.Refuse(forge.Next with { AdmitOwners = [TrustDraft.Owner(stranger.PublicKey, "me")] }, stranger).ErrorId);
    }

    [Fact]
    public async Task A_record_fits_one_place_in_one_chain()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using TrustForge other = await TrustForge.CreateAsync();
        SignedRecord second = forge.Sign(forge.Next);

        Assert.Equal("RecordExchanged", other.Refuse(second).ErrorId);
        forge.Append(forge.Next);
        forge.Refuse(second);
        forge.Refuse(forge.Next with { Number = 2 });
        forge.Refuse(forge.Next with { Number = 4 });
        forge.Refuse(forge.Next with { Previous = RecordHash.Of([1]) });
        forge.Refuse(forge.Next with { Previous = default });
        forge.Append(forge.Next);
    }

    [Fact]
    public async Task A_record_of_another_kind_is_no_trust_record()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        SignedRecord lease = new RecordSigner(forge.Made.Configuration.Id, forge.Made.Owner, RandomSource.System)
            .Sign(RecordKind.Lease, TrustDraft.Encode(forge.Next, forge.Keyring, 1));

        Assert.Equal("RecordExchanged", forge.Refuse(lease).ErrorId);
    }

    [Fact]
    public async Task The_first_record_is_bound_to_the_configuration_and_signed_by_an_owner_it_admits()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey stranger = SigningKey.Generate();
        TrustChain empty = TrustChain.Empty(forge.Made.Configuration);
        TrustBody body = TrustDraft.Next(empty, DateTime.UnixEpoch) with { AdmitOwners = [TrustDraft.Owner(forge.Made.Owner.PublicKey, "first")] };

        empty.Append(forge.Sign(body));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body, stranger)));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { AdmitOwners = [] })));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { Repository = default })));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { Repository = RecordHash.Of([1]) })));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { Mac = RecordHash.Of([1]) }, withMac: false)));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { Epoch = 2 })));
        Assert.ThrowsAny<PortabilityException>(() => empty.Append(forge.Sign(body with { RemoveOwners = [Fingerprint(forge.Made.Owner)] })));
    }

    [Fact]
    public async Task Signers_change_without_a_key_all_else_needs_a_mac()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey second = SigningKey.Generate();

        forge.Append(forge.Next with { AdmitSigners = [TrustDraft.Signer(second.PublicKey, "s", SignerRights.Capture, null)] }, withMac: false);
        forge.Refuse(forge.Next with { AdmitOwners = [TrustDraft.Owner(second.PublicKey, "s")] }, withMac: false);
        forge.Refuse(forge.AddCertificate(out _), withMac: false);
    }

    [Fact]
    public async Task Holders_of_a_key_find_a_mac_that_was_not_made_with_it()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using Keyring foreign = Keyring.Create(forge.Made.Configuration.Id, RandomSource.System);
        forge.Append(forge.AddCertificate(out _));
        forge.Chain.VerifyMacs(forge.Keyring);

        IntegrityException error = Assert.Throws<IntegrityException>(() => forge.Chain.VerifyMacs(foreign));

        Assert.Equal("TrustForged", error.ErrorId);
        Assert.Equal("trust/0000000002", error.TargetName);
    }

    [Fact]
    public async Task Removing_a_recipient_needs_a_new_epoch_for_all_who_remain()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        forge.Append(forge.AddCertificate(out RecordId second));
        forge.Append(forge.AddCertificate(out RecordId third));
        TrustBody removal = forge.Next with { RemoveRecipients = [second] };

        forge.Refuse(removal);
        TrustBody whole = forge.NewEpoch(removal);
        forge.Refuse(whole with { Epoch = 1 });
        forge.Refuse(whole with { Epoch = 3 });
        forge.Refuse(whole with { Keyrings = whole.Keyrings.Where(pair => pair.Key != third).ToDictionary() });
        forge.Append(whole);

        Assert.Equal(2u, forge.Chain.Epoch);
        Assert.Null(forge.Chain.FindKeyring(second));
        Assert.Equal(4, forge.Chain.FindKeyring(forge.Reader)!.TrustNumber);
        forge.Refuse(forge.Next with { Epoch = 1 });
    }

    [Fact]
    public async Task A_recipient_is_added_with_its_keyring_and_an_id_of_its_own()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        TrustBody addition = forge.AddCertificate(out RecordId id);

        forge.Refuse(addition with { Keyrings = [] });
        forge.Refuse(forge.Next with { Keyrings = addition.Keyrings });
        forge.Append(addition);
        forge.Refuse(TrustDraft.WithKeyringsForAdded(forge.Next with { AddRecipients = addition.AddRecipients }, forge.Keyring));
        forge.Append(forge.NewEpoch(forge.Next with { RemoveRecipients = [id] }));
        forge.Refuse(TrustDraft.WithKeyringsForAdded(forge.Next with { AddRecipients = addition.AddRecipients }, forge.Keyring));
        forge.Refuse(forge.NewEpoch(forge.Next with { RemoveRecipients = [id] }));
        forge.Refuse(TrustDraft.WithKeyringsForAdded(forge.Next with { AddRecipients = [addition.AddRecipients[0] with { Id = RecordId.Draw(RandomSource.System), Kind = "other" }] }, forge.Keyring));
    }

    [Fact]
    public async Task Slots_are_for_somebody_who_stands_and_go_with_them()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        var slot = new TrustSlotBody { Id = RecordId.Draw(RandomSource.System), Hash = RecordHash.Of([1]), For = forge.Reader.ToString() };
        forge.Append(forge.AddCertificate(out RecordId second));

        forge.Refuse(forge.Next with { AddSlots = [slot with { For = RecordId.Draw(RandomSource.System).ToString() }] });
        forge.Refuse(forge.Next with { AddSlots = [slot with { Hash = default }] });
        forge.Refuse(forge.Next with { RemoveSlots = [slot.Id] });
        forge.Append(forge.Next with { AddSlots = [slot with { For = second.ToString() }] });
        forge.Refuse(forge.Next with { AddSlots = [slot] });
        Assert.False(forge.Chain.Slots.Single().IsRemoved);
        forge.Append(forge.NewEpoch(forge.Next with { RemoveRecipients = [second] }));
        Assert.True(forge.Chain.Slots.Single().IsRemoved);
    }

    [Fact]
    public async Task Public_keys_that_are_none_are_refused()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        byte[] garbage = new byte[91];

        forge.Refuse(forge.Next with { AdmitOwners = [new TrustOwnerBody { Key = garbage, Name = "x" }] });
        forge.Refuse(forge.Next with { AdmitSigners = [new TrustSignerBody { Key = garbage, Name = "x", Rights = ["capture"] }] });
        forge.Refuse(forge.Next with
        {
            AddRecipients = [new TrustRecipientBody { Id = RecordId.Draw(RandomSource.System), Kind = "certificate", Key = garbage, Name = "x" }],
        });
    }

    [Fact]
    public async Task Nulls_inside_lists_are_refused_without_another_error()
    {
        using TrustForge forge = await TrustForge.CreateAsync();

        forge.Refuse(forge.Next with { AdmitOwners = [null!] });
        forge.Refuse(forge.Next with { AdmitSigners = [null!] });
        forge.Refuse(forge.Next with { RevokeSigners = [null!] });
        forge.Refuse(forge.Next with { AddRecipients = [null!] });
        forge.Refuse(forge.Next with { AddSlots = [null!] });
        forge.Refuse(forge.Next with { Keyrings = new Dictionary<RecordId, byte[]> { [forge.Reader] = null! } });
    }

    [Fact]
    public async Task Unknown_members_are_signed_and_ignored()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        byte[] body = TrustDraft.Encode(forge.Next, null, 1);
        byte[] extended = [.. "{\"later\":{\"mac\":[1,2]},"u8, .. body.AsSpan(1)];
        byte[] complete = TrustMac.Insert(extended, forge.Keyring, 1);
        SignedRecord record = new RecordSigner(forge.Made.Configuration.Id, forge.Made.Owner, RandomSource.System).Sign(RecordKind.Trust, complete);

        TrustChain chain = forge.Chain.Append(record);

        Assert.Equal(2, chain.Number);
        chain.VerifyMacs(forge.Keyring);
    }

    private static RecordHash Fingerprint(SigningKey key) => RecordHash.FromBytes(key.PublicKey.Fingerprint.AsSpan());
}
