using System.Buffers.Binary;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Keys;

/// <summary>A keyring sealed to a recipient's public key, bound to the repository, the recipient and the trust record that holds it.</summary>
/// <remarks>FORMAT.md, section 8.</remarks>
public static class KeyWrap
{
    /// <summary>Seals a keyring; the array belongs to the caller. Two calls never give the same bytes.</summary>
    /// <param name="keyring">What to seal.</param>
    /// <param name="recipient">Public half.</param>
    /// <param name="recipientId">The recipient's id.</param>
    /// <param name="trustNumber">Number of the trust record that will hold it.</param>
    public static byte[] Seal(Keyring keyring, RecipientPublicKey recipient, RecordId recipientId, long trustNumber)
    {
        using SecretBytes encoded = keyring.Encode();
        return recipient.Seal(encoded.AsSpan(), AssociatedData(keyring.RepositoryId, recipientId, trustNumber));
    }

    /// <summary>Opens a sealed keyring; the caller disposes the result.</summary>
    /// <param name="sealedKeyring">Bytes of a trust record.</param>
    /// <param name="recipient">Private half.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="recipientId">The recipient's id.</param>
    /// <param name="trustNumber">Number of the trust record that holds it.</param>
    /// <returns>The keyring, or null if it was sealed to another key or for another place, or was changed.</returns>
    /// <exception cref="InvalidFormatException">It opens, but is no keyring.</exception>
    public static Keyring? TryOpen(ReadOnlySpan<byte> sealedKeyring, RecipientPrivateKey recipient, Guid repositoryId, RecordId recipientId, long trustNumber)
    {
        using SecretBytes? encoded = recipient.TryOpen(sealedKeyring, AssociatedData(repositoryId, recipientId, trustNumber));
        return encoded is null ? null : Keyring.Decode(repositoryId, encoded.AsSpan());
    }

    private static byte[] AssociatedData(Guid repositoryId, RecordId recipientId, long trustNumber)
    {
        byte[] data = new byte[16 + RecordId.Size + sizeof(long)];
        repositoryId.TryWriteBytes(data, bigEndian: true, out _);
        recipientId.CopyTo(data.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(data.AsSpan(16 + RecordId.Size), trustNumber);
        return data;
    }
}
