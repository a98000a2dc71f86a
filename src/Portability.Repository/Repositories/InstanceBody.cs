namespace Portability.Repository.Repositories;

/// <summary>Stored body of an instance record (FORMAT.md, section 15).</summary>
internal sealed record InstanceBody
{
    public required Guid Instance { get; init; }

    public required byte[] Key { get; init; }
}
