using System.Runtime.CompilerServices;
using Portability.Engine.Repositories;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Workloads;

namespace Portability.Engine.Workloads;

/// <summary>Finds and puts the registrations of a repository.</summary>
internal sealed class RegistrationCatalog
{
    private const int MaximumSize = 16 << 20;
    private const int MaximumAttempts = 32;

    private readonly OpenRepository opened;
    private readonly IOperationObserver observer;

    /// <summary>Initialises a catalog.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="observer">Hears of records that do not count.</param>
    public RegistrationCatalog(RepositoryConnection connection, IOperationObserver observer)
    {
        opened = connection.Opened;
        this.observer = observer;
    }

    /// <summary>Lists the workloads that are registered, by identifier.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public async IAsyncEnumerable<RegisteredWorkload> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var numbers = new SortedDictionary<Guid, List<long>>();
        await foreach (BlobEntry entry in opened.Store.ListAsync(RepositoryNames.WorkloadPrefix, cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Registration)
            {
                if (!numbers.TryGetValue(parts.Workload, out List<long>? known))
                {
                    numbers.Add(parts.Workload, known = []);
                }

                known.Add(parts.Number);
            }
        }

        foreach ((Guid workload, List<long> known) in numbers)
        {
            if (await ReadNewestAsync(workload, known, cancellationToken).ConfigureAwait(false) is { Registration.IsRemoved: false } registered)
            {
                yield return registered;
            }
        }
    }

    /// <summary>Finds the registration of a workload.</summary>
    /// <param name="workload">The workload.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The registration, or null if it has none.</returns>
    /// <exception cref="PortabilityException">The store cannot be read, or a record is damaged.</exception>
    public async Task<RegisteredWorkload?> FindAsync(Guid workload, CancellationToken cancellationToken)
    {
        List<long> numbers = await NumbersAsync(workload, cancellationToken).ConfigureAwait(false);
        RegisteredWorkload? newest = await ReadNewestAsync(workload, numbers, cancellationToken).ConfigureAwait(false);
        return newest is { Registration.IsRemoved: false } ? newest : null;
    }

    /// <summary>Puts the next registration of a workload.</summary>
    /// <param name="registration">What it says; its number is set here.</param>
    /// <param name="cancellationToken">Cancels the call; the registration is put or not.</param>
    /// <exception cref="PortabilityException">`SignerNotAdmitted`, `KeyRequired`, `RegistrationBusy`, or the store cannot be written.</exception>
    public async Task<RegisteredWorkload> PutAsync(WorkloadRegistration registration, CancellationToken cancellationToken)
    {
        RecordSigner signer = opened.RequireSigner(SignerRights.Capture, registration.Workload, registration.Name);
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            List<long> numbers = await NumbersAsync(registration.Workload, cancellationToken).ConfigureAwait(false);
            WorkloadRegistration next = registration with
            {
                Number = numbers.DefaultIfEmpty().Max() + 1,
                Created = opened.Time.GetUtcNow().UtcDateTime,
            };
            SignedRecord record = next.Sign(signer, opened.RequireNewestKeyring());
            BlobName name = RepositoryNames.Registration(next.Workload, next.Number);
            if (await opened.Store.PutIfAbsentAsync(name, record.Bytes, cancellationToken).ConfigureAwait(false) == PutResult.Created)
            {
                return new RegisteredWorkload(next.Workload, next, record);
            }
        }

        throw new RepositoryLockedException(
            "RegistrationBusy",
            ErrorKind.Locked,
            FormattableString.Invariant($"Failed to register '{registration.Name}' in '{opened.Store.Location}': others took the next number {MaximumAttempts} times."),
            "Run Register-Workload again when no other machine registers this workload.",
            registration.Name,
            isTransient: true);
    }

    private async Task<List<long>> NumbersAsync(Guid workload, CancellationToken cancellationToken)
    {
        var numbers = new List<long>();
        await foreach (BlobEntry entry in opened.Store.ListAsync(RepositoryNames.RegistrationPrefix(workload), cancellationToken).ConfigureAwait(false))
        {
            if (RepositoryNames.TryParse(entry.Name, out RepositoryName parts) && parts.Kind == RepositoryNameKind.Registration)
            {
                numbers.Add(parts.Number);
            }
        }

        return numbers;
    }

    private async Task<RegisteredWorkload?> ReadNewestAsync(Guid workload, List<long> numbers, CancellationToken cancellationToken)
    {
        foreach (long number in numbers.OrderDescending())
        {
            BlobName name = RepositoryNames.Registration(workload, number);
            byte[]? bytes = await opened.Store.TryReadAllAsync(name, MaximumSize, cancellationToken).ConfigureAwait(false);
            if (bytes is null)
            {
                continue;
            }

            SignedRecord record = SignedRecord.Parse(bytes, name.Value);
            record.Require(RecordKind.Registration, opened.Id);
            if (opened.Trust.Counts(record, SignerRights.Capture, workload))
            {
                return new RegisteredWorkload(workload, WorkloadRegistration.Read(record, workload, number, opened.Keyring), record);
            }

            observer.OnWarning($"'{name}' counts as absent: its signer was not admitted for it, or its signature is wrong.");
        }

        return null;
    }
}
