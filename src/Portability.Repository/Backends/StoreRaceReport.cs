namespace Portability.Repository.Backends;

/// <summary>What one side of a <see cref="StoreRace"/> saw. A store that keeps its promises has no faults, and both sides win some names.</summary>
/// <param name="Names">Names raced for.</param>
/// <param name="Won">Names that this side created.</param>
/// <param name="Faults">What broke a promise, one sentence each; at most the first 20.</param>
public sealed record StoreRaceReport(int Names, int Won, IReadOnlyList<string> Faults);
