using Portability.Core.Crypto;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Workloads;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

public sealed class OpenRepositoryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_member_has_keys_and_every_right()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();

        Assert.Equal(1u, repository.RequireNewestKeyring().Epoch);
        Assert.Equal(made.Member.PublicKey.Fingerprint, repository.RequireSigner(SignerRights.Compact).Fingerprint);
    }

    [Fact]
    public async Task A_key_that_is_not_admitted_is_told_what_the_owner_types()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        SigningKey stranger = SigningKey.Generate();
        using OpenRepository repository = made.OpenAs(stranger);

        RepositoryException error = Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Capture, Guid.NewGuid()));

        Assert.Equal("SignerNotAdmitted", error.ErrorId);
        Assert.Contains(Convert.ToHexStringLower(stranger.PublicKey.Fingerprint.AsSpan()), error.Message, StringComparison.Ordinal);
        Assert.Contains(
            "Add-WorkloadRepositoryKey -Repository 'memory' -Signer " + Convert.ToBase64String(stranger.PublicKey.SubjectPublicKeyInfo.Span),
            error.RecommendedAction,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_owner_types_admits_the_one_workload_that_was_refused()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using SigningKey stranger = SigningKey.Generate();
        using OpenRepository repository = made.OpenAs(stranger);
        const string name = "Anna\u2019s";
        Guid id = WorkloadIdentity.IdOf(repository.Id, name);

        RepositoryException named = Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Capture, id, name));
        RepositoryException unnamed = Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Remove, id));
        RepositoryException renamed = Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Capture, id, "another"));
        RepositoryException general = Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Compact));

        Assert.Contains($"for the workload '{name}'", named.Message, StringComparison.Ordinal);
        Assert.Contains(" -Right Capture -Workload 'Anna\u2019\u2019s' -Name ", named.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains($" -Right Remove -Workload '{id:D}' -Name ", unnamed.RecommendedAction, StringComparison.Ordinal);
        Assert.Contains($" -Workload '{id:D}' ", renamed.RecommendedAction, StringComparison.Ordinal);
        Assert.DoesNotContain(" -Workload ", general.RecommendedAction, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_nothing_sealed_is_read_and_nothing_is_signed()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.OpenWithoutKey();

        Assert.Equal("KeyRequired", Assert.Throws<RepositoryException>(() => repository.RequireKeyring()).ErrorId);
        Assert.Equal("SignerRequired", Assert.Throws<RepositoryException>(() => repository.RequireSigner(SignerRights.Capture)).ErrorId);
    }

    [Fact]
    public async Task A_later_trust_record_in_a_manifest_than_the_store_shows_is_refused()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository repository = made.Open();

        repository.RequireTrust(1);
        Assert.Equal("TrustRolledBack", Assert.Throws<RepositoryException>(() => repository.RequireTrust(2)).ErrorId);
    }

    [Fact]
    public async Task A_new_epoch_is_followed()
    {
        using TestRepository made = await TestRepository.CreateAsync();
        using OpenRepository owner = made.Open();
        using OpenRepository member = made.Open();
        using RecipientPrivateKey second = RecipientPrivateKey.Generate();
        using TrustEditor editor = made.Edit(owner);
        TrustRecipient added = await editor.AddCertificateAsync(second.PublicKey, "second", Token);
        await editor.RemoveRecipientAsync(added.Id, Token);

        await member.RefreshTrustAsync(Token);

        Assert.Equal(2u, owner.RequireNewestKeyring().Epoch);
        Assert.Equal(2u, member.RequireNewestKeyring().Epoch);
        Assert.Equal(3, member.Trust.Number);
    }
}
