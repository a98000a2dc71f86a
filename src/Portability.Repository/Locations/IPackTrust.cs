using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>Tells which packs a new snapshot of this signer may rely on. Thread-safe.</summary>
/// <remarks>
/// FORMAT.md section 12: packs that a manifest signed by the same signer needs, or that a record of verification covers; and section 13: none
/// whose every copy a condemned list names, as seen under the lease.
/// </remarks>
public interface IPackTrust
{
    /// <summary>Looks a pack up where it is signed, and takes it under the lease.</summary>
    /// <param name="set">Set of the pack.</param>
    /// <param name="hint">What the local index says of it; may be wrong in every part.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The pack as the signed record names it, or null if it must not be relied on.</returns>
    Task<WrittenObject?> FindAsync(BlockSet set, PackHint hint, CancellationToken cancellationToken);
}
