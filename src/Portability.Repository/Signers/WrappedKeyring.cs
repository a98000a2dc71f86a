namespace Portability.Repository.Signers;

/// <summary>A keyring sealed to one recipient.</summary>
/// <param name="TrustNumber">Number of the trust record that holds it.</param>
/// <param name="Epoch">Newest epoch in it.</param>
/// <param name="Bytes">Sealed bytes.</param>
public sealed record WrappedKeyring(long TrustNumber, uint Epoch, ReadOnlyMemory<byte> Bytes);
