using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Repository.Signers;

/// <summary>Reads trust records from a store, each checked against the one before. Never throws for what a record says: that ends the chain.</summary>
public static class TrustReader
{
    /// <summary>Most bytes of a trust record that are read.</summary>
    public const int MaximumRecordSize = 4 << 20;

    /// <summary>Most records 1 that are looked at: each creation that was killed leaves one.</summary>
    private const int MaximumFirstRecords = 64;

    /// <summary>Reads what follows a chain.</summary>
    /// <param name="store">The store.</param>
    /// <param name="known">What is known; <see cref="TrustChain.Empty"/> to read all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The longest chain that verifies; <see cref="TrustChain.End"/> says why it is not longer.</returns>
    /// <exception cref="StorageException">The store cannot be read.</exception>
    /// <exception cref="RepositoryException">`TrustRolledBack`: the store shows fewer records than are known.</exception>
    public static async Task<TrustChain> ReadAsync(IBlobStore store, TrustChain known, CancellationToken cancellationToken)
    {
        (long highest, List<BlobName> first) = await ListAsync(store, cancellationToken).ConfigureAwait(false);
        if (highest < known.Number)
        {
            throw TrustErrors.RolledBack(store.Location, highest, known.Number);
        }

        TrustChain chain = known.EndedBy(null);
        if (chain.Number == 0)
        {
            chain = await ReadFirstAsync(store, chain, first, cancellationToken).ConfigureAwait(false);
        }

        while (chain.End is null && chain.Number < highest)
        {
            chain = await ReadNextAsync(store, chain, RepositoryNames.Trust(chain.Number + 1), cancellationToken).ConfigureAwait(false);
        }

        return chain;
    }

    private static async Task<(long Highest, List<BlobName> First)> ListAsync(IBlobStore store, CancellationToken cancellationToken)
    {
        long highest = 0;
        var first = new List<BlobName>();
        await foreach (BlobEntry entry in store.ListAsync(RepositoryNames.TrustPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (!RepositoryNames.TryParse(entry.Name, out RepositoryName parts) || parts.Kind != RepositoryNameKind.Trust)
            {
                continue;
            }

            highest = Math.Max(highest, parts.Number);
            if (parts.Number == 1 && first.Count < MaximumFirstRecords)
            {
                first.Add(entry.Name);
            }
        }

        return (highest, first);
    }

    private static async Task<TrustChain> ReadFirstAsync(IBlobStore store, TrustChain empty, List<BlobName> names, CancellationToken cancellationToken)
    {
        TrustChainEnd? end = null;
        foreach (BlobName name in names)
        {
            TrustChain chain = await ReadNextAsync(store, empty, name, cancellationToken).ConfigureAwait(false);
            if (chain.End is null)
            {
                return chain;
            }

            end ??= chain.End;
        }

        return empty.EndedBy(end ?? new TrustChainEnd(RepositoryNames.Trust(1).Value, "it is missing", IsMissing: true));
    }

    private static async Task<TrustChain> ReadNextAsync(IBlobStore store, TrustChain chain, BlobName name, CancellationToken cancellationToken)
    {
        try
        {
            byte[]? bytes = await store.TryReadAllAsync(name, MaximumRecordSize, cancellationToken).ConfigureAwait(false);
            return bytes is null
                ? chain.EndedBy(new TrustChainEnd(name.Value, "it is missing, though later ones are there", IsMissing: true))
                : chain.Append(SignedRecord.Parse(bytes, name.Value));
        }
        catch (PortabilityException exception) when (exception is not StorageException)
        {
            return chain.EndedBy(new TrustChainEnd(name.Value, exception.Message));
        }
    }
}
