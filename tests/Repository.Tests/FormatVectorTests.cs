using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Tests.Repositories;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>Bytes that a second implementation wrote are read, opened and verified.</summary>
public sealed class FormatVectorTests
{
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);
    private static readonly Guid WorkloadId = Guid.Parse(FormatVectors.Workload);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_repository_of_another_writer_opens_by_passphrase()
    {
        MemoryBlobStore store = await FillAsync();
        using var passphrase = new SecretText(FormatVectors.Passphrase);

        using OpenRepository repository = await Opener().OpenAsync(store, new OpenOptions { Passphrase = passphrase }, Token);

        Check(repository);
        Assert.Equal("reader", repository.Recipient!.Name);
        Assert.Equal(WorkloadId, repository.Instance!.Id);
    }

    [Fact]
    public async Task A_repository_of_another_writer_opens_by_certificate()
    {
        MemoryBlobStore store = await FillAsync();
        using RSA key = RSA.Create();
        key.ImportPkcs8PrivateKey(Convert.FromBase64String(FormatVectors.CertificateKey), out _);
        var request = new CertificateRequest("CN=reader", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        using SigningKey owner = SigningKey.Read(Convert.FromBase64String(FormatVectors.OwnerKey));
        var options = new OpenOptions { Recipient = RecipientPrivateKey.FromCertificate(certificate), Fingerprint = owner.PublicKey.Fingerprint };

        using OpenRepository repository = await Opener().OpenAsync(store, options, Token);

        Check(repository);
        Assert.Equal("certificate", repository.Recipient!.Name);
    }

    [Fact]
    public async Task An_owner_slot_of_another_writer_opens()
    {
        KeySlot slot = KeySlot.Parse(Convert.FromBase64String(FormatVectors.OwnerSlot));
        using var passphrase = new SecretText(FormatVectors.Passphrase);
        using KeySlotSecret secret = (await slot.TryOpenAsync(passphrase, RepositoryId, Token))!;

        Assert.Equal(KeySlotPurpose.Owner, slot.Purpose);
        Assert.Equal(Convert.FromBase64String(FormatVectors.OwnerKey), secret.PrivateKey.AsSpan().ToArray());
    }

    [Fact]
    public void A_keyring_of_another_writer_gives_its_content_ids()
    {
        using Keyring keyring = Keyring.Decode(RepositoryId, Convert.FromBase64String(FormatVectors.Keyring));
        using ContentIdHasher hasher = keyring.ContentIdKey(BlockSet.Boot, 65536);
        byte[] block = [.. Enumerable.Range(0, 65536).Select(index => (byte)index)];

        Assert.True(hasher.Matches(block, Convert.FromBase64String(FormatVectors.BootContentId)));
    }

    [Fact]
    public void Every_vector_reads_as_the_same_bytes_again()
    {
        var configuration = RepositoryConfiguration.Parse(Convert.FromBase64String(FormatVectors.Configuration));
        KeySlot slot = KeySlot.Parse(Convert.FromBase64String(FormatVectors.RecipientSlot));
        using Keyring keyring = Keyring.Decode(RepositoryId, Convert.FromBase64String(FormatVectors.Keyring));
        using SecretBytes encoded = keyring.Encode();

        Assert.Equal(RepositoryId, configuration.Id);
        Assert.Equal(65536, configuration.BlockSize);
        Assert.Equal(FormatVectors.RecipientSlotId, slot.Id.ToString());
        Assert.Equal(Convert.FromBase64String(FormatVectors.Keyring), encoded.AsSpan().ToArray());
    }

    private static void Check(OpenRepository repository)
    {
        Assert.Equal(2, repository.Trust.Number);
        Assert.Equal(new DateTime(2031, 2, 3, 4, 5, 7, 500, DateTimeKind.Utc), repository.Trust.Recipients.Last().AddedUtc);
        SignedRecord manifest = SignedRecord.Parse(Convert.FromBase64String(FormatVectors.Manifest), "manifest");
        Assert.True(repository.Trust.Counts(manifest, SignerRights.Capture, WorkloadId, 7));
        Assert.False(repository.Trust.Counts(manifest, SignerRights.Compact));
        using SecretBytes opened = manifest.OpenSealed(repository.RequireKeyring());
        Assert.Equal("{\"machine\":\"sealed\"}", Encoding.UTF8.GetString(opened.AsSpan()));
    }

    private static RepositoryOpener Opener() => new(TimeProvider.System, RandomSource.System, new HeardObserver());

    private static async Task<MemoryBlobStore> FillAsync()
    {
        var store = new MemoryBlobStore();
        foreach ((string name, string content) in new[]
        {
            ("repository.json", FormatVectors.Configuration),
            ("trust/0000000001", FormatVectors.Trust1),
            ("trust/0000000002", FormatVectors.Trust2),
            ("trust/slots/" + FormatVectors.RecipientSlotId, FormatVectors.RecipientSlot),
            ("trust/slots/" + FormatVectors.OwnerSlotId, FormatVectors.OwnerSlot),
            ("receipts/instance", FormatVectors.Instance),
        })
        {
            Assert.Equal(PutResult.Created, await store.PutIfAbsentAsync(BlobName.Parse(name), Convert.FromBase64String(content), Token));
        }

        return store;
    }
}
