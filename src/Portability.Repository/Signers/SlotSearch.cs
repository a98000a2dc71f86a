using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Keys;

namespace Portability.Repository.Signers;

/// <summary>The slot that a passphrase opens.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Secret">What it seals; the caller disposes it.</param>
internal sealed record SlotSearch(KeySlot Slot, KeySlotSecret Secret)
{
    /// <summary>Looks for it.</summary>
    /// <exception cref="RepositoryException">`WrongSecret`; `KeySlotsAbsent`.</exception>
    /// <exception cref="IntegrityException">`OwnerForged`: the slot vouches for another owner; `SlotDamaged`: none opens, and one is not what a trust record names.</exception>
    public static async Task<SlotSearch> RunAsync(
        IBlobStore store, TrustChain chain, KeySlotPurpose purpose, SecretText passphrase, CancellationToken cancellationToken)
    {
        IntegrityException? damage = null;
        int absent = 0;
        var slots = chain.Slots.Where(slot => !slot.IsRemoved && IsFor(chain, slot, purpose)).ToList();
        foreach (TrustSlot named in slots)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string name = RepositoryNames.Slot(named.Id).Value;
            try
            {
                byte[]? bytes = await store.TryReadAllAsync(RepositoryNames.Slot(named.Id), KeySlot.MaximumSize, cancellationToken).ConfigureAwait(false);
                if (bytes is null)
                {
                    absent++;
                    continue;
                }

                KeySlot slot = KeySlot.Parse(bytes, name);
                if (slot.Hash != named.Hash || slot.Purpose != purpose || !string.Equals(slot.For, named.For, StringComparison.Ordinal))
                {
                    damage ??= Damaged(name, "it is not the slot that the trust record names", null);
                }
                else if (await slot.TryOpenAsync(passphrase, chain.Configuration.Id, cancellationToken).ConfigureAwait(false) is { } secret)
                {
                    return new SlotSearch(slot, Vouched(chain, name, secret));
                }
            }
            catch (InvalidFormatException exception)
            {
                damage ??= Damaged(name, exception.Message, exception);
            }
        }

        if (damage is not null)
        {
            throw damage;
        }

        throw absent > 0 && absent == slots.Count ? TrustErrors.SlotsAbsent(store.Location) : TrustErrors.WrongSecret(store.Location);
    }

    private static bool IsFor(TrustChain chain, TrustSlot slot, KeySlotPurpose purpose)
    {
        bool isOwners = chain.Owners.Any(owner => string.Equals(TrustState.Key(owner.Fingerprint), slot.For, StringComparison.Ordinal));
        return isOwners == (purpose == KeySlotPurpose.Owner);
    }

    private static KeySlotSecret Vouched(TrustChain chain, string name, KeySlotSecret secret)
    {
        if (secret.Owner == chain.FirstOwner)
        {
            return secret;
        }

        using (secret)
        {
            throw new IntegrityException(
                "OwnerForged",
                $"Failed to trust '{name}': it vouches for the owner {secret.Owner}, the store shows {chain.FirstOwner}.",
                "Do not use this repository: somebody put trust records of their own; restore the store from a mirror.",
                name);
        }
    }

    private static IntegrityException Damaged(string name, string fact, Exception? cause) => new(
        "SlotDamaged", $"Failed to open the slot '{name}': {fact.TrimEnd('.')}.", "Repair the slot from a mirror with Sync-WorkloadDelta.", name, -1, cause);
}
