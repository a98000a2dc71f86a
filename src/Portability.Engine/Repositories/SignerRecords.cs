using Portability.Core.Crypto;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;

namespace Portability.Engine.Repositories;

/// <summary>
/// Finds the records without a number that a signer put: a revocation names those that still count. Runs are left out: they only find
/// blocks, and each block is checked.
/// </summary>
internal static class SignerRecords
{
    private const int MaximumSize = 16 << 20;

    private static readonly string[] Prefixes = [RepositoryNames.SubstitutionPrefix, RepositoryNames.VerifiedPrefix, RepositoryNames.WorkloadPrefix];

    /// <summary>Hashes of the substitutions, verified records, registrations and homes that a key signed.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="signer">The key.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read.</exception>
    public static async Task<IReadOnlyList<RecordHash>> ReadAsync(RepositoryConnection connection, KeyFingerprint signer, CancellationToken cancellationToken)
    {
        var hashes = new List<RecordHash>();
        foreach (string prefix in Prefixes)
        {
            await foreach (BlobEntry entry in connection.Store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
            {
                byte[]? bytes = await connection.Store.TryReadAllAsync(entry.Name, MaximumSize, cancellationToken).ConfigureAwait(false);
                if (bytes is not null && IsSignedBy(connection, bytes, entry.Name, signer))
                {
                    hashes.Add(RecordHash.Of(bytes));
                }
            }
        }

        return hashes;
    }

    private static bool IsSignedBy(RepositoryConnection connection, byte[] bytes, BlobName name, KeyFingerprint signer)
    {
        try
        {
            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            return record.Signer == signer && connection.Opened.Trust.FindSigner(signer) is { } known && record.IsSignedBy(known.Key);
        }
        catch (InvalidFormatException)
        {
            // What is no record counts for nobody, before and after the revocation.
            return false;
        }
    }
}
