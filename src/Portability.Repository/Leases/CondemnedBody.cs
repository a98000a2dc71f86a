namespace Portability.Repository.Leases;

/// <summary>Stored form of a record of a condemned list (FORMAT.md, section 13).</summary>
internal sealed record CondemnedBody
{
    public required long Generation { get; init; }

    public required string Collector { get; init; }

    public string[]? Objects { get; set; }

    public long WaitedMs { get; set; }

    public Dictionary<string, long>? Leases { get; set; }

    public bool Swept { get; set; }
}
