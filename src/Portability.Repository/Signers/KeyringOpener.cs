using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Opens the newest keyring that a trust chain holds for a recipient.</summary>
internal static class KeyringOpener
{
    /// <summary>Opens it; the caller disposes the result.</summary>
    /// <returns>The keyring, or null if there is none for this recipient, or the private half is not this recipient's.</returns>
    /// <exception cref="IntegrityException">`KeyringExchanged`: it holds another number of epochs than the trust record says.</exception>
    public static Keyring? TryOpen(TrustChain chain, RecordId recipient, RecipientPrivateKey privateKey)
    {
        if (chain.FindKeyring(recipient) is not { } wrapped
            || KeyWrap.TryOpen(wrapped.Bytes.Span, privateKey, chain.Configuration.Id, recipient, wrapped.TrustNumber) is not { } keyring)
        {
            return null;
        }

        if (keyring.Epoch == wrapped.Epoch)
        {
            return keyring;
        }

        using (keyring)
        {
            throw new IntegrityException(
                "KeyringExchanged",
                FormattableString.Invariant($"Failed to open the keyring of recipient {recipient}: it holds {keyring.Epoch} epochs, trust record {wrapped.TrustNumber} is of epoch {wrapped.Epoch}."),
                "Ask an owner to remove and add this recipient with Remove-WorkloadRepositoryKey and Add-WorkloadRepositoryKey.",
                RepositoryNames.Trust(wrapped.TrustNumber).Value);
        }
    }
}
