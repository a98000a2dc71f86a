namespace Portability.Repository.Repositories;

/// <summary>The members of `repository.json` that every version keeps.</summary>
internal sealed record FormatProbe
{
    public required int Format { get; init; }

    public required int Suite { get; init; }
}
