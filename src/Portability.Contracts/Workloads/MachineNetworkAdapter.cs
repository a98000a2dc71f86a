namespace Portability;

/// <summary>A network adapter of a machine.</summary>
public sealed record MachineNetworkAdapter
{
    /// <summary>Name that the platform shows.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Hardware address, six pairs of hexadecimal digits with colons; empty means that the platform draws one.</summary>
    public string MacAddress { get; init; } = string.Empty;

    /// <summary>Network or switch that it is attached to.</summary>
    public string Network { get; init; } = string.Empty;

    /// <summary>Name and address.</summary>
    /// <returns>Such as `eth0 52:54:00:12:34:56`.</returns>
    public override string ToString() => MacAddress.Length == 0 ? Name : $"{Name} {MacAddress}";
}
