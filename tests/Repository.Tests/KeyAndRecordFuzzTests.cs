using System.Diagnostics;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Tests.Signers;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>Damaged input of every kind: only <see cref="PortabilityException"/> escapes, no input takes long or much memory.</summary>
public sealed class KeyAndRecordFuzzTests
{
    private const int InputCount = 20_000;
    private const long MaximumAllocation = 64 << 20;
    private static readonly TimeSpan MaximumTime = TimeSpan.FromSeconds(1);
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);

    [Fact]
    public void Records()
    {
        using Keyring keyring = Keyring.Decode(RepositoryId, Vector(FormatVectors.Keyring));
        using SigningKey signer = SigningKey.Read(Vector(FormatVectors.SignerKey));
        int counted = 0;
        Fuzz(1, Vector(FormatVectors.Manifest), bytes =>
        {
            SignedRecord record = SignedRecord.Parse(bytes, "record");
            counted += record.IsSignedBy(signer.PublicKey) ? 1 : 0;
            record.OpenSealed(keyring).Dispose();
        });

        Assert.Equal(0, counted);
    }

    [Fact]
    public void Bodies_of_trust_records()
    {
        RepositoryConfiguration configuration = RepositoryConfiguration.Parse(Vector(FormatVectors.Configuration));
        TrustChain empty = TrustChain.Empty(configuration);
        SignedRecord first = SignedRecord.Parse(Vector(FormatVectors.Trust1), "first");
        TrustChain chain = empty.Append(first);
        using SigningKey owner = SigningKey.Read(Vector(FormatVectors.OwnerKey));
        var signer = new RecordSigner(RepositoryId, owner, RandomSource.System);
        Fuzz(2, first.Body.ToArray(), body => empty.Append(SignReadable(signer, body)));
        Fuzz(3, SignedRecord.Parse(Vector(FormatVectors.Trust2)).Body.ToArray(), body => chain.Append(SignReadable(signer, body)));
    }

    [Fact]
    public async Task Bodies_of_trust_records_that_remove_and_revoke()
    {
        using TrustForge forge = await TrustForge.CreateAsync();
        forge.Append(forge.AddCertificate(out RecordId second));
        TrustBody body = forge.NewEpoch(forge.Next with
        {
            RemoveRecipients = [second],
            RevokeSigners =
            [
                new TrustRevocationBody
                {
                    Fingerprint = RecordHash.FromBytes(forge.Made.Member.PublicKey.Fingerprint.AsSpan()),
                    Last = new Dictionary<Guid, long> { [Guid.Empty] = 4 },
                    Keep = [RecordHash.Of([1])],
                },
            ],
        });
        SignedRecord record = forge.Sign(body);
        var signer = new RecordSigner(forge.Made.Configuration.Id, forge.Made.Owner, RandomSource.System);
        Fuzz(4, record.Body.ToArray(), mutated => forge.Chain.Append(SignReadable(signer, mutated)));
    }

    [Fact]
    public void Instance_records()
    {
        using SigningKey key = SigningKey.Generate();
        InstanceRecord instance = InstanceRecord.Create(RepositoryId, Guid.Parse(FormatVectors.Workload), key, RandomSource.System);
        var signer = new RecordSigner(RepositoryId, key, RandomSource.System);
        Fuzz(5, instance.Record.Body.ToArray(), body => InstanceRecord.Parse(signer.Sign(RecordKind.Instance, body), RepositoryId));
        Fuzz(6, instance.Record.Bytes.ToArray(), bytes => InstanceRecord.Parse(SignedRecord.Parse(bytes), RepositoryId));
    }

    [Fact]
    public void Configurations() => Fuzz(7, Vector(FormatVectors.Configuration), bytes => RepositoryConfiguration.Parse(bytes, "place"));

    [Fact]
    public void Slots() => Fuzz(8, Vector(FormatVectors.RecipientSlot), bytes => KeySlot.Parse(bytes, "slot"));

    [Fact]
    public void What_slots_seal()
    {
        byte[] secret = RecordJson.Write(
            new KeySlotSecretBody { Private = Vector(FormatVectors.ReaderKey), Owner = KeyFingerprint.Of([1]), Repository = RepositoryId },
            KeyJson.Default.KeySlotSecretBody);
        Fuzz(9, secret, bytes =>
        {
            KeySlotSecretBody body = RecordJson.Read(bytes, KeyJson.Default.KeySlotSecretBody, "slot", null);
            RecipientPrivateKey.Read(body.Private).Dispose();
        });
    }

    [Fact]
    public void Keyrings() => Fuzz(10, Vector(FormatVectors.Keyring), bytes => Keyring.Decode(RepositoryId, bytes).Dispose());

    [Fact]
    public void Wrapped_keyrings()
    {
        using RecipientPrivateKey reader = RecipientPrivateKey.Read(Vector(FormatVectors.ReaderKey));
        using Keyring keyring = Keyring.Decode(RepositoryId, Vector(FormatVectors.Keyring));
        RecordId id = default;
        int opened = 0;
        Fuzz(11, KeyWrap.Seal(keyring, reader.PublicKey, id, 1), bytes =>
        {
            using Keyring keys = KeyWrap.TryOpen(bytes, reader, RepositoryId, id, 1) ?? throw TrustErrors.WrongSecret("memory");
            opened++;
        });

        Assert.Equal(0, opened);
    }

    private static byte[] Vector(string base64) => Convert.FromBase64String(base64);

    private static void Fuzz(ulong seed, byte[] source, Action<byte[]> read)
    {
        var mutation = new Mutation(seed);
        int refused = 0;
        int done = 0;
        while (done < InputCount)
        {
            byte[] input = mutation.Apply(source);
            if (input.AsSpan().SequenceEqual(source))
            {
                continue;
            }

            done++;
            (bool wasRefused, TimeSpan time) = Measure(input, read);
            refused += wasRefused ? 1 : 0;
            if (time > MaximumTime)
            {
                // A machine that is busy with other things is no fault of the input: the best of two counts.
                time = Measure(input, read).Time;
            }

            Assert.InRange(time, TimeSpan.Zero, MaximumTime);
        }

        Assert.InRange(refused, InputCount / 10, InputCount);
    }

    private static (bool Refused, TimeSpan Time) Measure(byte[] input, Action<byte[]> read)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        bool refused = false;
        try
        {
            read(input);
        }
        catch (PortabilityException)
        {
            refused = true;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MaximumAllocation);
        return (refused, Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Signs a body that is readable at all: what is not ends in the same place without a signature.</summary>
    private static SignedRecord SignReadable(RecordSigner signer, byte[] body)
    {
        RecordJson.Read(body, TrustJson.Default.TrustBody, "trust record", null);
        return signer.Sign(RecordKind.Trust, body);
    }
}
