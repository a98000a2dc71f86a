using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>How a directory store works.</summary>
public sealed record DirectoryBlobStoreOptions
{
    /// <summary>Names of temporary files come from here.</summary>
    public RandomSource Random { get; init; } = RandomSource.System;

    /// <summary>Makes the folder if it is not there. Everything else is made when it is first needed.</summary>
    public bool Create { get; init; }
}
