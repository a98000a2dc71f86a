using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Engine.Verification;

/// <summary>Tests the records beside snapshots: registrations, homes, verified packs and substitutions.</summary>
/// <remarks>FORMAT.md, sections 12 and 14 to 16.</remarks>
internal sealed class OtherRecordsCheck
{
    private const SignerRights Any = SignerRights.Capture | SignerRights.Remove | SignerRights.Compact | SignerRights.Admit;

    private static readonly string[] Prefixes = [RepositoryNames.WorkloadPrefix, RepositoryNames.VerifiedPrefix, RepositoryNames.SubstitutionPrefix];

    private readonly IBlobStore store;
    private readonly RecordCheck records;
    private readonly Dictionary<string, List<(WrittenObject New, HashSet<string> CompleteFor)>> substitutions = new(StringComparer.Ordinal);

    public OtherRecordsCheck(RepositoryConnection connection, FindingList findings)
    {
        store = connection.Store;
        records = new RecordCheck(connection.Opened, findings);
    }

    /// <summary>Reads them all.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (string prefix in Prefixes)
        {
            await CheckAsync(prefix, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads substitutions alone.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when it is done.</returns>
    public Task CheckSubstitutionsAsync(CancellationToken cancellationToken) => CheckAsync(RepositoryNames.SubstitutionPrefix, cancellationToken);

    /// <summary>Packs that hold all that is needed of an old one, and packs that took the place of those.</summary>
    /// <param name="pack">The old pack.</param>
    /// <param name="manifest">Hash of the manifest that needs it.</param>
    /// <returns>New packs, of which one that is whole is enough.</returns>
    public IReadOnlyList<WrittenObject> SubstitutesOf(WrittenObject pack, RecordHash manifest)
    {
        var found = new List<WrittenObject>();
        if (pack.Kind == ObjectKind.Pack && substitutions.Count > 0)
        {
            string hash = manifest.ToString();
            var open = new Queue<ObjectId>([pack.Id]);
            while (open.TryDequeue(out ObjectId next))
            {
                if (!substitutions.TryGetValue(next.ToString(), out List<(WrittenObject New, HashSet<string> CompleteFor)>? all))
                {
                    continue;
                }

                foreach (WrittenObject made in all.Where(item => item.CompleteFor.Contains(hash)).Select(item => item.New with { Set = pack.Set }))
                {
                    if (made.Id != pack.Id && !found.Contains(made))
                    {
                        found.Add(made);
                        open.Enqueue(made.Id);
                    }
                }
            }
        }

        return found;
    }

    private async Task CheckAsync(string prefix, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName name) && await records.ReadAsync(entry.Name, cancellationToken).ConfigureAwait(false) is { } record)
            {
                Check(name, record);
            }
        }
    }

    private void Check(RepositoryName name, SignedRecord record)
    {
        if (name.Kind == RepositoryNameKind.Substitution && record.Kind == RecordKind.Void)
        {
            records.Counts(record, RecordKind.Void, SignerRights.Compact, receiptKey: true);
            return;
        }

        (RecordKind kind, SignerRights rights, bool receiptKey) = name.Kind switch
        {
            RepositoryNameKind.Registration => (RecordKind.Registration, SignerRights.Capture, false),
            RepositoryNameKind.Home => (RecordKind.Home, SignerRights.Capture, false),
            RepositoryNameKind.Verified => (RecordKind.Verified, Any, false),
            _ => (RecordKind.Substitution, SignerRights.Compact, false),
        };
        Guid? workload = name.Kind is RepositoryNameKind.Registration or RepositoryNameKind.Home ? name.Workload : null;
        if (!records.Counts(record, kind, rights, receiptKey, workload) || records.Place(record) is not { } body)
        {
            return;
        }

        bool fits = name.Kind switch
        {
            RepositoryNameKind.Registration => body.Workload == name.Workload && body.Number == name.Number,
            RepositoryNameKind.Home => body.Workload == name.Workload && body.Counter == name.Number,
            RepositoryNameKind.Verified => string.Equals(body.Object, name.ObjectId.ToString(), StringComparison.Ordinal),
            _ => string.Equals(body.New?.Object, name.ObjectId.ToString(), StringComparison.Ordinal),
        };
        if (!fits)
        {
            records.Report(record, FindingKind.Exchanged, FormattableString.Invariant($"It says that it belongs to number {body.Number ?? body.Counter} of workload {body.Workload}, object {body.Object ?? body.New?.Object}."));
        }
        else if (name.Kind == RepositoryNameKind.Substitution && Digest.TryParse(body.New!.Hash, out Digest hash))
        {
            var made = new WrittenObject(ObjectKind.Pack, BlockSet.None, name.ObjectId, body.New.Length, hash);
            HashSet<string> manifests = [.. body.CompleteFor ?? []];
            foreach (string old in body.Old ?? [])
            {
                (substitutions.TryGetValue(old, out List<(WrittenObject New, HashSet<string> CompleteFor)>? known) ? known : substitutions[old] = []).Add((made, manifests));
            }
        }
    }
}
