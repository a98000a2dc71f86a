namespace Portability.Core.Native;

/// <summary>What holds a file: a program, or the kernel for a device.</summary>
/// <param name="ProcessId">Process id of the program, or 0 if it could not be found.</param>
/// <param name="ProcessName">Its name, or null.</param>
/// <param name="Reason">What it does with the file, such as `has it open for writing`.</param>
/// <param name="Device">Path of the device that has the file behind it, or null where a program holds it.</param>
/// <param name="IsOwn">True if the program is this process.</param>
public sealed record FileHolder(int ProcessId, string? ProcessName, string Reason, string? Device = null, bool IsOwn = false);
