using Portability.Repository.Records;

namespace Portability.Repository.Leases;

/// <summary>Stored body of a record of a condemned list (FORMAT.md, section 13).</summary>
internal sealed record CondemnedBody
{
    public required long Generation { get; init; }

    public required RecordId Collector { get; init; }

    public required string[] Objects { get; init; }

    public required Dictionary<string, WaitedBody> Leases { get; init; }

    public required Dictionary<string, WaitedBody> Temporaries { get; init; }

    public required bool Swept { get; init; }
}
