using Portability.Repository.Objects;
using Portability.Repository.References;

namespace Portability.Repository.Locations;

/// <summary>Trusts packs that the newest own manifest of a workload names, or that a record of verification covers. Thread-safe.</summary>
/// <remarks>FORMAT.md section 12.</remarks>
public sealed class SignedPackTrust : IPackTrust
{
    private readonly Func<Guid, CancellationToken, Task<ReferenceTree?>> ownTree;
    private readonly Func<BlockSet, ObjectId, CancellationToken, Task<WrittenObject?>>? verified;
    private readonly Func<WrittenObject, CancellationToken, Task<bool>>? rely;

    /// <summary>Initialises.</summary>
    /// <param name="ownTree">Gives the reference tree of the newest manifest of a workload that this signer signed, its signature and rights checked; null where there is none. Asked often: the answer is kept by the one who gives it.</param>
    /// <param name="verified">Looks for a record of verification of a pack, or null where none are looked for.</param>
    /// <param name="rely">Takes a pack under the lease; false if every copy of it is condemned. Null where no lease is held.</param>
    public SignedPackTrust(
        Func<Guid, CancellationToken, Task<ReferenceTree?>> ownTree,
        Func<BlockSet, ObjectId, CancellationToken, Task<WrittenObject?>>? verified = null,
        Func<WrittenObject, CancellationToken, Task<bool>>? rely = null)
    {
        this.ownTree = ownTree;
        this.verified = verified;
        this.rely = rely;
    }

    /// <inheritdoc/>
    public async Task<WrittenObject?> FindAsync(BlockSet set, PackHint hint, CancellationToken cancellationToken)
    {
        WrittenObject? found = await FindInTreeAsync(set, hint, cancellationToken).ConfigureAwait(false);
        if (found is null && verified is not null)
        {
            found = await verified(set, hint.Pack, cancellationToken).ConfigureAwait(false);
        }

        return found is not null && (rely is null || await rely(found.Value, cancellationToken).ConfigureAwait(false)) ? found : null;
    }

    private async Task<WrittenObject?> FindInTreeAsync(BlockSet set, PackHint hint, CancellationToken cancellationToken)
    {
        if (hint.Workload == Guid.Empty
            || await ownTree(hint.Workload, cancellationToken).ConfigureAwait(false) is not { } tree
            || hint.Entry < 0
            || hint.Entry >= tree.Root.Count)
        {
            return null;
        }

        WrittenObject? entry;
        try
        {
            entry = await tree.EntryAsync(hint.Entry, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return null; // What cannot be read proves nothing: the block is stored anew. Checks report the damage.
        }

        return entry is { Kind: ObjectKind.Pack } && entry.Value.Set == set && entry.Value.Id == hint.Pack ? entry : null;
    }
}
