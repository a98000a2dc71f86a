namespace Portability.Repository.Keys;

/// <summary>What the private half in a slot is for.</summary>
public enum KeySlotPurpose
{
    /// <summary>Opens wrapped keyrings.</summary>
    Recipient,

    /// <summary>Signs trust records.</summary>
    Owner,
}
