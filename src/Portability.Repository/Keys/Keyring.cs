using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Objects;

namespace Portability.Repository.Keys;

/// <summary>Every symmetric key of a repository: the content key and one key for each epoch. Thread-safe; zeroed on disposal.</summary>
/// <remarks>FORMAT.md, section 6.</remarks>
public sealed class Keyring : IDisposable
{
    /// <summary>Most epochs that are read: one is added for each removal of a recipient.</summary>
    public const int MaximumEpochs = 65_536;

    private const byte Version = 1;
    private const int HeaderSize = 1 + 4;
    private const int KeySize = AeadKey.KeySize;
    private readonly SecretBytes contentKey;
    private readonly SecretBytes[] epochKeys;

    private Keyring(Guid repositoryId, SecretBytes contentKey, SecretBytes[] epochKeys)
    {
        RepositoryId = repositoryId;
        this.contentKey = contentKey;
        this.epochKeys = epochKeys;
    }

    /// <summary>Repository that the keys belong to.</summary>
    public Guid RepositoryId { get; }

    /// <summary>Newest epoch, from 1: new data is sealed under it.</summary>
    public uint Epoch => (uint)epochKeys.Length;

    /// <summary>Makes the keys of a new repository.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="random">Where the keys come from.</param>
    public static Keyring Create(Guid repositoryId, RandomSource random) =>
        new(repositoryId, SecretBytes.Draw(random, KeySize), [SecretBytes.Draw(random, KeySize)]);

    /// <summary>Reads the stored form.</summary>
    /// <param name="repositoryId">The repository it was unwrapped for.</param>
    /// <param name="encoded">All bytes; stay the caller's to zero.</param>
    /// <exception cref="InvalidFormatException">Not a keyring.</exception>
    public static Keyring Decode(Guid repositoryId, ReadOnlySpan<byte> encoded)
    {
        if (encoded.Length < HeaderSize || encoded[0] != Version)
        {
            throw Error(0, FormattableString.Invariant($"{encoded.Length} bytes that do not begin with version {Version}"));
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(encoded[1..]);
        if (count is 0 or > MaximumEpochs || encoded.Length != HeaderSize + (((long)count + 1) * KeySize))
        {
            throw Error(1, FormattableString.Invariant($"{count} epochs in {encoded.Length} bytes"));
        }

        ReadOnlySpan<byte> keys = encoded[HeaderSize..];
        var content = new SecretBytes(keys[..KeySize]);
        var epochs = new SecretBytes[count];
        for (int index = 0; index < epochs.Length; index++)
        {
            epochs[index] = new SecretBytes(keys.Slice((index + 1) * KeySize, KeySize));
        }

        return new Keyring(repositoryId, content, epochs);
    }

    /// <summary>Writes the stored form; the caller disposes it.</summary>
    public SecretBytes Encode() => SecretBytes.Create(HeaderSize + ((epochKeys.Length + 1) * KeySize), this, static (target, keyring) =>
    {
        target[0] = Version;
        BinaryPrimitives.WriteUInt32LittleEndian(target[1..], keyring.Epoch);
        Span<byte> keys = target[HeaderSize..];
        keyring.contentKey.AsSpan().CopyTo(keys);
        for (int index = 0; index < keyring.epochKeys.Length; index++)
        {
            keyring.epochKeys[index].AsSpan().CopyTo(keys[((index + 1) * KeySize)..]);
        }
    });

    /// <summary>Makes a copy; the caller disposes it.</summary>
    public Keyring Copy()
    {
        using SecretBytes encoded = Encode();
        return Decode(RepositoryId, encoded.AsSpan());
    }

    /// <summary>Makes a copy with one more epoch; the caller disposes it.</summary>
    /// <param name="random">Where the key comes from.</param>
    public Keyring WithNewEpoch(RandomSource random)
    {
        using Keyring copy = Copy();
        return new Keyring(
            RepositoryId,
            new SecretBytes(copy.contentKey.AsSpan()),
            [.. copy.epochKeys.Select(key => new SecretBytes(key.AsSpan())), SecretBytes.Draw(random, KeySize)]);
    }

    /// <summary>The hasher that names blocks of a set; the caller disposes it.</summary>
    /// <param name="set"><see cref="BlockSet.Boot"/> or <see cref="BlockSet.Data"/>.</param>
    /// <param name="blockSize">Length in bytes of a block.</param>
    /// <param name="workload">The workload where blocks are shared within one workload only, else null.</param>
    public ContentIdHasher ContentIdKey(BlockSet set, int blockSize, Guid? workload = null)
    {
        string scope = set switch
        {
            BlockSet.Boot => "boot",
            BlockSet.Data => "data",
            _ => throw new ArgumentOutOfRangeException(nameof(set), set, "Blocks belong to the boot or the data set."),
        };
        byte[] info = Encoding.ASCII.GetBytes("content/" + scope + (workload is null ? string.Empty : "/" + workload.Value.ToString("D", CultureInfo.InvariantCulture)));
        return new ContentIdHasher(Derive(contentKey, RepositoryId.ToByteArray(bigEndian: true), info), blockSize);
    }

    /// <summary>The key of one sealed object; the caller disposes it.</summary>
    /// <param name="epoch">Epoch that the object's header names.</param>
    /// <param name="objectId">The object's 32 random bytes.</param>
    /// <param name="kind">Kind of the object.</param>
    /// <exception cref="RepositoryException">`EpochUnknown`.</exception>
    public AeadKey ObjectKey(uint epoch, ReadOnlySpan<byte> objectId, ObjectKind kind) =>
        EpochKey(epoch, objectId, Encoding.ASCII.GetBytes("object/" + ((byte)kind).ToString(CultureInfo.InvariantCulture)));

    /// <summary>Zeroes all keys.</summary>
    public void Dispose()
    {
        contentKey.Dispose();
        foreach (SecretBytes key in epochKeys)
        {
            key.Dispose();
        }
    }

    /// <summary>A key derived from an epoch key; the caller disposes it.</summary>
    internal AeadKey EpochKey(uint epoch, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> info) =>
        KeyDerivation.DeriveAead(Require(epoch).AsSpan(), salt, info);

    /// <summary>The key that trust records are authenticated with after an epoch; the caller disposes it.</summary>
    internal SecretBytes TrustKey(uint epoch) => Derive(Require(epoch), [], "trust"u8);

    private static SecretBytes Derive(SecretBytes secret, byte[] salt, ReadOnlySpan<byte> info)
    {
        Span<byte> key = stackalloc byte[KeySize];
        try
        {
            KeyDerivation.Derive(secret.AsSpan(), salt, info, key);
            return new SecretBytes(key);
        }
        finally
        {
            global::System.Security.Cryptography.CryptographicOperations.ZeroMemory(key);
        }
    }

    private static InvalidFormatException Error(long offset, string fact) => new("repository", "keyring", offset, fact, "FORMAT.md 6");

    private SecretBytes Require(uint epoch) => epoch is > 0 && epoch <= epochKeys.Length
        ? epochKeys[epoch - 1]
        : throw new RepositoryException(
            "EpochUnknown",
            ErrorKind.BadKey,
            FormattableString.Invariant($"Failed to open what was sealed in epoch {epoch}: the keys at hand hold epochs 1 to {epochKeys.Length}."),
            "Connect again with Connect-WorkloadRepository and a secret that is still admitted.");
}
