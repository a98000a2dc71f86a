namespace Portability.Engine.Verification;

/// <summary>The pack that a substitution puts in the place of others.</summary>
/// <remarks>FORMAT.md, section 16.</remarks>
internal sealed record SubstitutePlace
{
    /// <summary>Object id, hexadecimal.</summary>
    public string? Object { get; init; }

    /// <summary>Length in bytes.</summary>
    public long Length { get; init; }

    /// <summary>SHA-256, hexadecimal.</summary>
    public string? Hash { get; init; }
}
