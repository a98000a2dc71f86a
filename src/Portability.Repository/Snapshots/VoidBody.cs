namespace Portability.Repository.Snapshots;

/// <summary>Stored form of a void: a name that its writer shall not get (FORMAT.md, section 13).</summary>
internal sealed record VoidBody
{
    public required string Name { get; init; }

    public required long Generation { get; init; }
}
