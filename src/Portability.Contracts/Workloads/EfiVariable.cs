namespace Portability;

/// <summary>A variable of the EFI firmware.</summary>
/// <remarks>UEFI specification, section 8.2.</remarks>
public sealed record EfiVariable
{
    /// <summary>Name, such as `BootOrder`.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>GUID of the vendor that owns the name.</summary>
    public Guid VendorGuid { get; init; }

    /// <summary>Attribute bits as the firmware keeps them.</summary>
    public int Attributes { get; init; }

    /// <summary>Value.</summary>
    public byte[] Value { get; init; } = [];

    /// <summary>The name.</summary>
    /// <returns><see cref="Name"/>.</returns>
    public override string ToString() => Name;
}
