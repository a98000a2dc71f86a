namespace Portability.Repository.Workloads;

/// <summary>A disk of a registration (FORMAT.md, section 14).</summary>
internal sealed record RegistrationDiskBody
{
    public required int Number { get; init; }

    public required string Set { get; init; }

    public required string Path { get; init; }

    public string ParentPath { get; set; } = string.Empty;

    public string Format { get; set; } = string.Empty;
}
