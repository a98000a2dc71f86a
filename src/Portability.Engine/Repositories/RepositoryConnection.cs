using Portability.Core.Crypto;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Repositories;

/// <summary>
/// An open repository with the keys it was opened with. Opaque to callers, who keep it as long as they use it and dispose it then.
/// Thread-safe.
/// </summary>
public sealed class RepositoryConnection : IDisposable
{
    // Longer maps are read node by node from the store: to read and hash all of one for each node would cost more than it saves.
    private const int CachedLength = 256 << 10;

    internal RepositoryConnection(OpenRepository opened, EngineEnvironment environment)
    {
        Opened = opened;
        Environment = environment;
        Cached = new CachingBlobStore(
            opened.Store,
            Path.Combine(environment.StateDirectory, "cache", opened.Id.ToString("D"), (opened.Instance?.Id ?? Guid.Empty).ToString("D")),
            new BlobCacheOptions { Keeps = IsCached, MaximumObjectLength = CachedLength });
    }

    /// <summary>The repository as it stands now, in the terms that cmdlets emit.</summary>
    public WorkloadRepository Repository => Describe();

    /// <summary>The open repository.</summary>
    internal OpenRepository Opened { get; }

    /// <summary>The environment it was opened in.</summary>
    internal EngineEnvironment Environment { get; }

    /// <summary>Its objects.</summary>
    internal IBlobStore Store => Opened.Store;

    /// <summary>True if the bytes of the store are known to be on this machine.</summary>
    internal bool IsLocal { get; init; }

    /// <summary>
    /// Its objects, with manifests, maps and reference trees kept in the state directory: they never change, and whoever reads them checks
    /// them. What is there is asked of the store all the same. Tests of the store read <see cref="Store"/>.
    /// </summary>
    internal CachingBlobStore Cached { get; }

    /// <summary>Zeroes the keys.</summary>
    public void Dispose() => Opened.Dispose();

    private static bool IsCached(BlobName name) =>
        name.Value.StartsWith(RepositoryNames.SnapshotPrefix, StringComparison.Ordinal)
        || name.Value.StartsWith(RepositoryNames.MapPrefix, StringComparison.Ordinal)
        || name.Value.StartsWith(RepositoryNames.ReferencePrefix, StringComparison.Ordinal);

    private WorkloadRepository Describe()
    {
        TrustChain trust = Opened.Trust;
        KeyFingerprint? pinned = Opened.State?.ReadPin(Opened.Id);
        TrustSigner? signer = Opened.Signer is { } own ? trust.FindSigner(own.Fingerprint) : null;
        return new WorkloadRepository
        {
            Id = Opened.Id,
            InstanceId = Opened.Instance?.Id ?? Guid.Empty,
            Path = Opened.Store.Location,
            FormatVersion = RepositoryConfiguration.FormatVersion,
            BlockSize = Opened.Configuration.BlockSize,
            CreatedUtc = trust.Owners.Select(owner => owner.AddedUtc).DefaultIfEmpty().Min(),
            HasKey = Opened.Keyring is not null,
            KeyName = Opened.Recipient?.Name ?? string.Empty,
            OwnerFingerprint = pinned is null ? string.Empty : FingerprintConverter.ToHex(pinned.Value),
            SignerFingerprint = Opened.Signer is null ? string.Empty : FingerprintConverter.ToHex(Opened.Signer.Fingerprint),
            SignerRights = signer?.Rights ?? SignerRights.None,
            TrustNumber = trust.Number,
            Epoch = checked((int)trust.Epoch),
        };
    }
}
