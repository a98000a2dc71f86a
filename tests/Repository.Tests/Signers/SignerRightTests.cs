using Portability.Core.Crypto;
using Portability.Repository.Records;
using Portability.Repository.Signers;
using Xunit;

namespace Portability.Repository.Tests.Signers;

/// <summary>Who may sign what, by whom it was admitted, and what a revocation leaves.</summary>
public sealed class SignerRightTests
{
    private static readonly Guid First = new("00000000-0000-4000-8000-000000000001");
    private static readonly Guid Second = new("00000000-0000-4000-8000-000000000002");

    [Fact]
    public async Task Rights_hold_for_the_named_workloads_only()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        KeyFingerprint key = signer.PublicKey.Fingerprint;
        forge.Append(Admit(forge, signer, SignerRights.Capture | SignerRights.Remove, [First]));

        Assert.True(forge.Chain.HasRight(key, SignerRights.Capture, First, 1));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Capture, Second, 1));
        Assert.True(forge.Chain.HasRight(key, SignerRights.Remove, First));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Compact, First));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Admit));
        Assert.True(forge.Chain.HasAnyRight(key));
    }

    [Fact]
    public async Task A_key_that_was_never_admitted_has_no_right()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey stranger = SigningKey.Generate();

        Assert.False(forge.Chain.HasRight(stranger.PublicKey.Fingerprint, SignerRights.Capture, First, 1));
        Assert.False(forge.Chain.HasAnyRight(stranger.PublicKey.Fingerprint));
        Assert.False(forge.Chain.HasAnyRight(forge.Made.Owner.PublicKey.Fingerprint));
    }

    [Fact]
    public async Task A_record_counts_if_its_signature_and_its_right_fit()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        SignedRecord record = new RecordSigner(forge.Made.Configuration.Id, signer, RandomSource.System).Sign(RecordKind.Tombstone, "{}"u8);
        SignedRecord foreign = new RecordSigner(Guid.Empty, signer, RandomSource.System).Sign(RecordKind.Tombstone, "{}"u8);
        byte[] changed = record.Bytes.ToArray();
        changed[^1] ^= 1;

        Assert.False(forge.Chain.Counts(record, SignerRights.Remove, First, 1));
        forge.Append(Admit(forge, signer, SignerRights.Remove, null));
        Assert.True(forge.Chain.Counts(record, SignerRights.Remove, First, 1));
        Assert.False(forge.Chain.Counts(record, SignerRights.Capture, First, 1));
        Assert.False(forge.Chain.Counts(foreign, SignerRights.Remove, First, 1));
        Assert.False(forge.Chain.Counts(SignedRecord.Parse(changed), SignerRights.Remove, First, 1));
    }

    [Fact]
    public async Task A_revocation_leaves_what_it_names()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        KeyFingerprint key = signer.PublicKey.Fingerprint;
        RecordHash kept = RecordHash.Of([1]);
        forge.Append(Admit(forge, signer, SignerRights.Capture | SignerRights.Compact, null));

        forge.Append(Revoke(forge, signer, new Dictionary<Guid, long> { [First] = 5 }, [kept]), withMac: false);

        Assert.True(forge.Chain.HasRight(key, SignerRights.Capture, First, 5));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Capture, First, 6));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Capture, First));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Capture, Second, 1));
        Assert.True(forge.Chain.HasRight(key, SignerRights.Compact, record: kept));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Compact, record: RecordHash.Of([2])));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Remove, First, 5));
        Assert.False(forge.Chain.HasAnyRight(key));
        Assert.False(forge.Chain.FindSigner(key)!.IsAdmitted);
    }

    [Fact]
    public async Task An_owner_may_admit_a_revoked_signer_again()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        KeyFingerprint key = signer.PublicKey.Fingerprint;
        forge.Append(Admit(forge, signer, SignerRights.Capture, null));
        forge.Append(Revoke(forge, signer, new Dictionary<Guid, long> { [First] = 5 }, []));
        forge.Append(Admit(forge, signer, SignerRights.Capture, [Second]));

        Assert.True(forge.Chain.HasRight(key, SignerRights.Capture, First, 5));
        Assert.False(forge.Chain.HasRight(key, SignerRights.Capture, First, 6));
        Assert.True(forge.Chain.HasRight(key, SignerRights.Capture, Second, 100));
    }

    [Fact]
    public async Task Admitted_again_a_signer_has_more_never_less()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        forge.Append(Admit(forge, signer, SignerRights.Capture, null));
        forge.Append(Admit(forge, signer, SignerRights.Remove, [First]));

        Assert.True(forge.Chain.HasRight(signer.PublicKey.Fingerprint, SignerRights.Capture, Second, 1));
        Assert.True(forge.Chain.HasRight(signer.PublicKey.Fingerprint, SignerRights.Remove, First, 1));
        Assert.Equal(SignerRights.Capture | SignerRights.Remove, forge.Chain.FindSigner(signer.PublicKey.Fingerprint)!.Rights);
    }

    [Fact]
    public async Task A_signer_admits_others_within_its_own_rights()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey admitter = SigningKey.Generate();
        using SigningKey added = SigningKey.Generate();
        using SigningKey other = SigningKey.Generate();
        forge.Append(Admit(forge, admitter, SignerRights.Admit | SignerRights.Capture, [First]));

        forge.Refuse(Admit(forge, added, SignerRights.Remove, [First]), admitter, withMac: false);
        forge.Refuse(Admit(forge, added, SignerRights.Capture, [First, Second]), admitter, withMac: false);
        forge.Refuse(Admit(forge, added, SignerRights.Capture, null), admitter, withMac: false);
        forge.Append(Admit(forge, added, SignerRights.Capture, [First]), admitter, withMac: false);
        Assert.True(forge.Chain.HasRight(added.PublicKey.Fingerprint, SignerRights.Capture, First, 1));
        forge.Refuse(Admit(forge, other, SignerRights.Capture, [First]), added, withMac: false);
        forge.Refuse(Admit(forge, added, SignerRights.Capture, [First]), admitter, withMac: false);
    }

    [Fact]
    public async Task A_signer_who_may_admit_may_do_nothing_else()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey other = SigningKey.Generate();
        SigningKey member = forge.Made.Member;

        forge.Refuse(Revoke(forge, member, [], []), member, withMac: false);
        forge.Refuse(forge.Next with { AdmitOwners = [TrustDraft.Owner(other.PublicKey, "x")] }, member);
        forge.Refuse(forge.AddCertificate(out _), member);
        forge.Refuse(forge.NewEpoch(forge.Next), member);
        forge.Append(Admit(forge, other, SignerRights.Admit, null), member, withMac: false);
    }

    [Fact]
    public async Task A_revoked_key_is_not_brought_back_by_a_signer()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey stolen = SigningKey.Generate();
        forge.Append(Admit(forge, stolen, SignerRights.Capture | SignerRights.Admit, null));
        forge.Append(Revoke(forge, stolen, [], []));

        forge.Refuse(Admit(forge, stolen, SignerRights.Capture, null), forge.Made.Member, withMac: false);
        forge.Refuse(Admit(forge, SigningKey.Generate(), SignerRights.Capture, null), stolen, withMac: false);
    }

    [Fact]
    public async Task A_right_of_a_later_version_gives_none()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        using SigningKey signer = SigningKey.Generate();
        forge.Append(forge.Next with
        {
            AdmitSigners = [new TrustSignerBody { Key = signer.PublicKey.SubjectPublicKeyInfo.ToArray(), Name = "later", Rights = ["everything", "capture"] }],
        });

        Assert.Equal(SignerRights.Capture, forge.Chain.FindSigner(signer.PublicKey.Fingerprint)!.Rights);
    }

    private static TrustBody Admit(TrustForge forge, SigningKey signer, SignerRights rights, Guid[]? workloads) =>
        forge.Next with { AdmitSigners = [TrustDraft.Signer(signer.PublicKey, "signer", rights, workloads)] };

    private static TrustBody Revoke(TrustForge forge, SigningKey signer, Dictionary<Guid, long> last, RecordHash[] keep) => forge.Next with
    {
        RevokeSigners =
        [
            new TrustRevocationBody { Fingerprint = RecordHash.FromBytes(signer.PublicKey.Fingerprint.AsSpan()), Last = last, Keep = keep },
        ],
    };
}
