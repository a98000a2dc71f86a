namespace Portability.Repository.Workloads;

/// <summary>Makes whole what was read of a machine definition: members that a writer left out have their defaults, what makes no sense is refused.</summary>
/// <remarks>FORMAT.md sections 13 and 14. Source-generated readers leave null or 0 where a member is absent, whatever its initialiser says.</remarks>
internal static class MachineReading
{
    private const int MaximumItems = 4096;
    private static readonly MachineDefinition Default = new();

    /// <summary>Checks and completes a definition.</summary>
    /// <param name="read">As it was read.</param>
    /// <param name="name">The record, for errors.</param>
    /// <exception cref="InvalidFormatException">It makes no sense.</exception>
    public static MachineDefinition Complete(MachineDefinition read, string? name)
    {
        MachineController[] controllers = read.Controllers ?? [];
        MachineNetworkAdapter[] adapters = read.NetworkAdapters ?? [];
        EfiVariable[] variables = read.EfiVariables ?? [];
        if (read.MemoryBytes < 0
            || read.ProcessorCount < 0
            || !Enum.IsDefined(read.Firmware)
            || Math.Max(controllers.Length, Math.Max(adapters.Length, variables.Length)) > MaximumItems
            || Array.Exists(controllers, item => item is null)
            || Array.Exists(adapters, item => item is null)
            || Array.Exists(variables, item => item is null))
        {
            throw new InvalidFormatException(
                "repository", "machine definition", -1, FormattableString.Invariant($"{read.MemoryBytes} bytes, {read.ProcessorCount} processors or one of its parts do not fit"), "FORMAT.md 13", name);
        }

        return read with
        {
            MemoryBytes = read.MemoryBytes == 0 ? Default.MemoryBytes : read.MemoryBytes,
            ProcessorCount = read.ProcessorCount == 0 ? Default.ProcessorCount : read.ProcessorCount,
            Controllers = Array.ConvertAll(controllers, item => item with { Model = item.Model ?? string.Empty, DiskNumbers = item.DiskNumbers ?? [] }),
            NetworkAdapters = Array.ConvertAll(
                adapters, item => item with { Name = item.Name ?? string.Empty, MacAddress = item.MacAddress ?? string.Empty, Network = item.Network ?? string.Empty }),
            EfiVariables = Array.ConvertAll(variables, item => item with { Name = item.Name ?? string.Empty, Value = item.Value ?? [] }),
        };
    }
}
