using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>How a store is opened by its location.</summary>
public sealed record BlobStoreOpening
{
    /// <summary>Makes the place if it is not there.</summary>
    public bool Create { get; init; }

    /// <summary>Names of temporary objects come from here.</summary>
    public RandomSource Random { get; init; } = RandomSource.System;
}
