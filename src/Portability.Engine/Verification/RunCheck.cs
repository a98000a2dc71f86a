using Portability.Core.Crypto;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots.Capture;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Engine.Verification;

/// <summary>Tests location runs and names the packs that none covers. They cost deduplication, never a snapshot.</summary>
/// <remarks>FORMAT.md, section 12.</remarks>
internal sealed class RunCheck
{
    private const int MaximumRunSize = 1 << 30;
    private const string Remake = "Run Optimize-WorkloadRepository, which covers packs anew from their directories.";

    private readonly OpenRepository opened;
    private readonly FindingList findings;
    private readonly StoredObjects objects;
    private readonly HashSet<ObjectId> covered = [];

    public RunCheck(RepositoryConnection connection, FindingList findings)
    {
        opened = connection.Opened;
        this.findings = findings;
        objects = new StoredObjects(opened.Store);
    }

    /// <summary>Reads every run.</summary>
    /// <param name="copies">What the store lists.</param>
    /// <param name="scope">Scope to open pages in; null without a key.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Runs read.</returns>
    public async Task<long> CheckAsync(CopyIndex copies, SnapshotScope? scope, CancellationToken cancellationToken)
    {
        long count = 0;
        foreach (((ObjectKind kind, _, ObjectId id), BlobEntry[] places) in copies.All)
        {
            if (kind != ObjectKind.Run)
            {
                continue;
            }

            foreach (BlobEntry place in places)
            {
                count++;
                await CheckAsync(id, place, scope, cancellationToken).ConfigureAwait(false);
            }
        }

        return count;
    }

    /// <summary>Names packs that no run covers.</summary>
    /// <param name="needed">Objects that snapshots need.</param>
    public void CheckCover(IEnumerable<WrittenObject> needed)
    {
        foreach (WrittenObject pack in needed.Where(item => item.Kind == ObjectKind.Pack && !covered.Contains(item.Id)))
        {
            findings.Add(new TestFinding
            {
                Kind = FindingKind.NotLocated,
                ObjectName = RepositoryNames.StoredObject(pack.Kind, pack.Set, pack.Id).Value,
                Message = "No location run that counts covers this pack: its blocks are stored again by later captures.",
                RecommendedAction = Remake,
            });
        }
    }

    private async Task CheckAsync(ObjectId id, BlobEntry place, SnapshotScope? scope, CancellationToken cancellationToken)
    {
        try
        {
            (BlockSet set, KeyFingerprint signer, ObjectId[] packs) = await LocationRun.ReadCoverageAsync(objects, opened.Id, id, place.Name, cancellationToken).ConfigureAwait(false);
            TrustSigner? known = opened.Trust.FindSigner(signer);
            if (known is not null && !await LocationRun.IsSignedByAsync(objects, place.Name, known.Key, cancellationToken).ConfigureAwait(false))
            {
                Add(FindingKind.Damaged, place, -1, FormattableString.Invariant($"The signature of this location run does not fit its {place.Length} bytes; it counts as absent."));
            }
            else if (known is null || !await HasRightAsync(signer, place, cancellationToken).ConfigureAwait(false))
            {
                Add(FindingKind.NotAdmitted, place, -1, $"This location run was signed by key {FingerprintConverter.ToHex(signer)}, which has not the right; it counts as absent.");
            }
            else
            {
                if (scope is not null)
                {
                    using LocationRun run = await LocationRun.OpenCopyAsync(scope.Objects, set, id, place.Name, cancellationToken).ConfigureAwait(false);
                    await foreach (Location unused in run.AllAsync(cancellationToken).ConfigureAwait(false))
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                    }
                }

                covered.UnionWith(packs);
            }
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            Add(FindingKind.Damaged, place, exception is IntegrityException integrity ? integrity.Offset : ((InvalidFormatException)exception).Offset, exception.Message);
        }
        catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
        {
            Add(FindingKind.Missing, place, -1, "It was listed and is gone.");
        }
    }

    private async Task<bool> HasRightAsync(KeyFingerprint signer, BlobEntry place, CancellationToken cancellationToken)
    {
        if (opened.Trust.HasRight(signer, SignerRights.Capture) || opened.Trust.HasRight(signer, SignerRights.Compact) || HasWorkload(signer))
        {
            return true;
        }

        // A revoked signer's run counts where the revocation keeps its hash.
        byte[]? bytes = await opened.Store.TryReadAllAsync(place.Name, MaximumRunSize, cancellationToken).ConfigureAwait(false);
        RecordHash hash = RecordHash.Of(bytes);
        return opened.Trust.HasRight(signer, SignerRights.Capture, record: hash) || opened.Trust.HasRight(signer, SignerRights.Compact, record: hash);
    }

    private bool HasWorkload(KeyFingerprint signer) => opened.Trust.FindSigner(signer)?.Grants.Exists(
        grant => grant.Stands && (grant.Rights & (SignerRights.Capture | SignerRights.Compact)) != SignerRights.None) ?? false;

    private void Add(FindingKind kind, BlobEntry place, long offset, string message) => findings.Add(
        new TestFinding { Kind = kind, ObjectName = place.Name.Value, Offset = offset, Message = message, RecommendedAction = Remake });
}
