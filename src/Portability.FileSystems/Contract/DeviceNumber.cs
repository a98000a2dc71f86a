namespace Portability.FileSystems;

/// <summary>Number of a device node.</summary>
/// <param name="Major">Driver.</param>
/// <param name="Minor">Device.</param>
public readonly record struct DeviceNumber(uint Major, uint Minor);
