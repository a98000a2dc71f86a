using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>The new pack of a substitution (FORMAT.md, section 16).</summary>
internal sealed record SubstitutionPackBody
{
    public required string Object { get; init; }

    public required string Set { get; init; }

    public required long Length { get; init; }

    public required RecordHash Hash { get; init; }
}
