using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine.Repositories;
using Portability.Engine.Verification;
using Xunit;

namespace Portability.Engine.Tests.Repositories;

public sealed class RepositoryFacadeTests : IDisposable
{
    private readonly EngineFixture fixture = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task A_new_repository_describes_itself()
    {
        using RepositoryConnection connection = await fixture.CreateAsync(blockSize: 16 << 10);
        WorkloadRepository repository = connection.Repository;
        Assert.NotEqual(Guid.Empty, repository.Id);
        Assert.NotEqual(Guid.Empty, repository.InstanceId);
        Assert.Equal(fixture.Vault, repository.Path);
        Assert.Equal(16 << 10, repository.BlockSize);
        Assert.True(repository.HasKey);
        Assert.Equal(SignerRights.Capture | SignerRights.Remove | SignerRights.Compact | SignerRights.Admit, repository.SignerRights);
        Assert.Equal(1, repository.TrustNumber);
        Assert.NotEmpty(repository.OwnerFingerprint);
        Assert.Equal(DateTimeKind.Utc, repository.CreatedUtc.Kind);
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains("Add-WorkloadRepositoryKey -Owner", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_connects_again_with_and_without_the_secret()
    {
        Guid id;
        using (RepositoryConnection made = await fixture.CreateAsync())
        {
            id = made.Repository.Id;
        }

        using RepositoryConnection with = await fixture.ConnectAsync();
        using RepositoryConnection without = await fixture.ConnectAsync(withSecret: false);
        Assert.Equal(id, with.Repository.Id);
        Assert.True(with.Repository.HasKey);
        Assert.False(without.Repository.HasKey);
    }

    [Fact]
    public async Task A_damaged_identity_of_the_store_is_put_again_by_the_next_connect()
    {
        Guid instance;
        using (RepositoryConnection made = await fixture.OpenNewAsync())
        {
            instance = made.Repository.InstanceId;
        }

        string file = Path.Combine(fixture.Vault, "receipts", "instance");
        byte[] whole = await File.ReadAllBytesAsync(file);
        File.SetAttributes(file, FileAttributes.Normal);
        await File.WriteAllBytesAsync(file, whole[..100]);
        using RepositoryConnection connection = await fixture.OpenAsync();
        Assert.Equal(instance, connection.Repository.InstanceId);
        Assert.Equal(whole, await File.ReadAllBytesAsync(file));
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains(instance.ToString("D"), StringComparison.Ordinal));
        RepositoryTestResult tested = await new VerificationFacade().TestRepositoryAsync(connection, new RepositoryTestOptions(), fixture.Observer, CancellationToken.None);
        Assert.True(tested.IsHealthy, string.Join<TestFinding>('\n', tested.Findings));
    }

    [Fact]
    public async Task A_second_repository_in_the_same_place_is_refused()
    {
        using RepositoryConnection made = await fixture.CreateAsync();
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => fixture.CreateAsync());
        Assert.Equal("RepositoryExists", error.ErrorId);
    }

    [Fact]
    public async Task A_wrong_passphrase_is_one_clear_error()
    {
        using RepositoryConnection made = await fixture.CreateAsync();
        using EngineSecret wrong = EngineSecret.FromPassphrase("wrong");
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => fixture.Repositories.ConnectAsync(
            new ConnectRepositoryOptions { Path = fixture.Vault, Secret = wrong }, fixture.Observer, CancellationToken.None));
        Assert.Equal("WrongSecret", error.ErrorId);
        Assert.Equal(ErrorKind.BadKey, error.Kind);
    }

    [Fact]
    public async Task On_another_machine_without_a_secret_the_owner_must_be_confirmed()
    {
        using RepositoryConnection made = await fixture.CreateAsync();
        var other = new RepositoryFacade(fixture.OtherMachine("b"));
        var options = new ConnectRepositoryOptions { Path = fixture.Vault };
        RepositoryException refused = await Assert.ThrowsAsync<RepositoryException>(() => other.ConnectAsync(options, fixture.Observer, CancellationToken.None));
        Assert.Equal("OwnerNotPinned", refused.ErrorId);

        string? asked = null;
        Task<bool> Confirm(string fingerprint, CancellationToken token)
        {
            asked = fingerprint;
            return Task.FromResult(true);
        }

        using RepositoryConnection confirmed = await other.ConnectAsync(options with { ConfirmOwner = Confirm }, fixture.Observer, CancellationToken.None);
        Assert.Equal(made.Repository.OwnerFingerprint, asked!.Replace("-", string.Empty, StringComparison.Ordinal));
        using RepositoryConnection pinned = await other.ConnectAsync(options, fixture.Observer, CancellationToken.None);
        Assert.Equal(made.Repository.Id, pinned.Repository.Id);
    }

    [Fact]
    public async Task A_certificate_is_added_used_and_removed()
    {
        using RepositoryConnection connection = await fixture.CreateAsync();
        using X509Certificate2 certificate = MakeCertificate();
        using EngineSecret secret = EngineSecret.FromCertificate(certificate);
        using EngineSecret owner = EngineFixture.Secret();
        WorkloadRepositoryKey added = await fixture.Repositories.AddKeyAsync(
            connection,
            new AddKeyOptions { Kind = RepositoryKeyKind.Certificate, Name = "dr-site", Secret = secret, OwnerPassphrase = owner, DerivationTime = TimeSpan.Zero },
            CancellationToken.None);
        Assert.Equal("dr-site", added.Name);
        using (RepositoryConnection byCertificate = await fixture.Repositories.ConnectAsync(
            new ConnectRepositoryOptions { Path = fixture.Vault, Secret = secret }, fixture.Observer, CancellationToken.None))
        {
            Assert.Equal("dr-site", byCertificate.Repository.KeyName);
        }

        await fixture.Repositories.RemoveKeyAsync(
            connection,
            new RemoveKeyOptions { Kind = RepositoryKeyKind.Certificate, Fingerprint = added.Fingerprint, OwnerPassphrase = owner },
            fixture.Observer,
            CancellationToken.None);
        Assert.Contains(fixture.Observer.Warnings, warning => warning.Contains("stays readable", StringComparison.Ordinal));
        Assert.Equal(2, connection.Repository.Epoch);
        IReadOnlyList<WorkloadRepositoryKey> keys = await fixture.Repositories.GetKeysAsync(connection, CancellationToken.None);
        Assert.True(keys.Single(key => key.Kind == RepositoryKeyKind.Certificate).IsRevoked);
        Assert.Single(keys, key => key.Kind == RepositoryKeyKind.Owner);
        Assert.Single(keys, key => key is { Kind: RepositoryKeyKind.Signer, IsCurrent: true });
    }

    [Fact]
    public async Task A_signer_of_another_machine_is_admitted_by_the_line_that_its_error_prints()
    {
        using RepositoryConnection connection = await fixture.CreateAsync();
        using RepositoryConnection other = await fixture.ConnectAsync(environment: fixture.OtherMachine("b"));
        Assert.Equal(SignerRights.None, other.Repository.SignerRights);
        RepositoryException refused = Assert.Throws<RepositoryException>(() => other.Opened.RequireSigner(SignerRights.Capture));
        string line = refused.RecommendedAction;
        string key = line[(line.IndexOf("-Signer ", StringComparison.Ordinal) + 8)..].Split(' ')[0];
        WorkloadRepositoryKey added = await fixture.Repositories.AddKeyAsync(
            connection,
            new AddKeyOptions { Kind = RepositoryKeyKind.Signer, Name = "host-b", PublicKey = key, Workloads = ["web01"] },
            CancellationToken.None);
        Assert.Equal(other.Repository.SignerFingerprint, added.Fingerprint);
        await fixture.Repositories.GetAsync(other, CancellationToken.None);
        Assert.Equal(SignerRights.Capture, other.Repository.SignerRights);

        using EngineSecret owner = EngineFixture.Secret();
        await fixture.Repositories.RemoveKeyAsync(
            connection,
            new RemoveKeyOptions { Kind = RepositoryKeyKind.Signer, Fingerprint = added.Fingerprint, OwnerPassphrase = owner },
            fixture.Observer,
            CancellationToken.None);
        await fixture.Repositories.GetAsync(other, CancellationToken.None);
        Assert.Equal(SignerRights.None, other.Repository.SignerRights);
    }

    [Fact]
    public async Task A_changed_passphrase_closes_the_old_one()
    {
        using RepositoryConnection connection = await fixture.CreateAsync();
        using EngineSecret old = EngineFixture.Secret();
        using EngineSecret changed = EngineSecret.FromPassphrase("battery staple");
        await fixture.Repositories.ChangePassphraseAsync(
            connection,
            new ChangePassphraseOptions { OldPassphrase = old, NewPassphrase = changed, DerivationTime = TimeSpan.Zero },
            fixture.Observer,
            CancellationToken.None);
        RepositoryException error = await Assert.ThrowsAsync<RepositoryException>(() => fixture.ConnectAsync());
        Assert.Equal("WrongSecret", error.ErrorId);
        using RepositoryConnection again = await fixture.Repositories.ConnectAsync(
            new ConnectRepositoryOptions { Path = fixture.Vault, Secret = changed }, fixture.Observer, CancellationToken.None);
        Assert.True(again.Repository.HasKey);
    }

    [Fact]
    public async Task An_address_is_refused_by_name()
    {
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(() => fixture.ConnectAsync("https://dr.example:7443"));
        Assert.Equal("StoreKindUnsupported", error.ErrorId);
    }

    private static X509Certificate2 MakeCertificate()
    {
        using RSA key = RSA.Create(2048);
        var request = new CertificateRequest("CN=dr-site", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
