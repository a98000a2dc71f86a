namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>What an exploration found.</summary>
internal sealed record ModelResult(long States, long Steps, long Ends, string? Broken, IReadOnlyList<string> Trace)
{
    public override string ToString()
        => $"{States:n0} states, {Steps:n0} steps, {Ends:n0} ends, {(Broken ?? "nothing lost")}{string.Concat(Trace.Select(line => Environment.NewLine + "  " + line))}";
}
