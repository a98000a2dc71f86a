using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Stored form of a substitution (FORMAT.md, section 16).</summary>
internal sealed record SubstitutionBody
{
    public required SubstitutionPackBody New { get; init; }

    public required string[] Old { get; init; }

    public required RecordHash[] CompleteFor { get; init; }
}
