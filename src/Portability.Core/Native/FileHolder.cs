namespace Portability.Core.Native;

/// <summary>A program that holds a file.</summary>
/// <param name="ProcessId">Its process id, or 0 if it could not be found.</param>
/// <param name="ProcessName">Its name, or null.</param>
/// <param name="Reason">What it does with the file, such as `has it open for writing`.</param>
public sealed record FileHolder(int ProcessId, string? ProcessName, string Reason);
