namespace Portability.Repository.Signers;

/// <summary>A signer that a trust record admits; no list of workloads means every workload.</summary>
internal sealed record TrustSignerBody
{
    public required byte[] Key { get; init; }

    public required string Name { get; init; }

    public required string[] Rights { get; init; }

    public Guid[]? Workloads { get; init; }
}
