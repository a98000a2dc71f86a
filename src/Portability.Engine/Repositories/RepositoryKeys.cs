using Portability.Core.Crypto;
using Portability.Engine.Workloads;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Portability.Repository.Workloads;

namespace Portability.Engine.Repositories;

/// <summary>Lists and changes the keys of a repository in the terms that cmdlets use.</summary>
internal static class RepositoryKeys
{
    private const string StaysOpen = "What was captured before stays readable to whoever kept the old key or passphrase; what is captured from now on is closed to it.";

    /// <summary>Reads a fingerprint that a person typed.</summary>
    /// <param name="text">Hexadecimal digits, or empty.</param>
    /// <param name="target">What it is for, for the error.</param>
    /// <returns>The fingerprint, or null for an empty text.</returns>
    /// <exception cref="RepositoryException">`FingerprintInvalid`.</exception>
    public static KeyFingerprint? ParseFingerprint(string text, string target)
    {
        if (text.Length == 0)
        {
            return null;
        }

        return KeyFingerprint.TryParse(text, out KeyFingerprint parsed)
            ? parsed
            : throw new RepositoryException(
                "FingerprintInvalid",
                ErrorKind.InvalidInput,
                $"Failed to read the fingerprint '{text}' for '{target}': 64 hexadecimal digits are expected.",
                "Copy it from Get-WorkloadRepositoryKey on a machine that is connected already.",
                target);
    }

    /// <summary>Lists all keys.</summary>
    public static async Task<IReadOnlyList<WorkloadRepositoryKey>> ListAsync(RepositoryConnection connection, CancellationToken cancellationToken)
    {
        OpenRepository opened = connection.Opened;
        IReadOnlyDictionary<Guid, string> names = await WorkloadNames.ReadAsync(connection, cancellationToken).ConfigureAwait(false);
        return
        [
            .. opened.Trust.Owners.Select(owner => Owner(connection, owner)).OrderBy(key => key.TrustNumber),
            .. opened.Trust.Recipients.Select(recipient => Recipient(connection, recipient)),
            .. opened.Trust.Signers.Select(signer => Signer(connection, signer, names)).OrderBy(key => key.TrustNumber),
        ];
    }

    /// <summary>Adds a key.</summary>
    public static async Task<WorkloadRepositoryKey> AddAsync(RepositoryConnection connection, AddKeyOptions options, CancellationToken cancellationToken)
    {
        using TrustEditor editor = await EditorAsync(connection, options.OwnerPassphrase, options.Kind, options.DerivationTime, cancellationToken).ConfigureAwait(false);
        switch (options.Kind)
        {
            case RepositoryKeyKind.Passphrase:
                return Recipient(connection, await editor.AddPassphraseAsync(Passphrase(options.Secret), options.Name, cancellationToken).ConfigureAwait(false));
            case RepositoryKeyKind.Certificate:
                RecipientPublicKey certificate = RecipientPublicKey.FromCertificate(
                    options.Secret?.Certificate ?? throw new ArgumentException("A certificate is needed.", nameof(options)));
                return Recipient(connection, await editor.AddCertificateAsync(certificate, options.Name, cancellationToken).ConfigureAwait(false));
            case RepositoryKeyKind.Owner:
                return Owner(connection, await editor.AddOwnerAsync(Passphrase(options.Secret), options.Name, cancellationToken).ConfigureAwait(false));
            default:
                Guid[]? workloads = options.Workloads.Length == 0
                    ? null
                    : [.. options.Workloads.Select(name => Guid.TryParse(name, out Guid id) ? id : WorkloadIdentity.IdOf(connection.Opened.Id, name))];
                TrustSigner signer = await editor.AdmitSignerAsync(
                    ReadPublicKey(options.PublicKey), options.Name, options.Rights, workloads, cancellationToken).ConfigureAwait(false);
                return Signer(connection, signer, await WorkloadNames.ReadAsync(connection, cancellationToken).ConfigureAwait(false));
        }
    }

    /// <summary>Takes a key away.</summary>
    public static async Task RemoveAsync(RepositoryConnection connection, RemoveKeyOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        string place = connection.Store.Location;
        KeyFingerprint fingerprint = ParseFingerprint(options.Fingerprint, place) ?? throw NotFound(options, place);
        using TrustEditor editor = await EditorAsync(connection, options.OwnerPassphrase, options.Kind, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        switch (options.Kind)
        {
            case RepositoryKeyKind.Signer:
                IReadOnlyDictionary<Guid, long> last = await WorkloadNames.ReadNewestNumbersAsync(connection, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<RecordHash> keep = await SignerRecords.ReadAsync(connection, fingerprint, cancellationToken).ConfigureAwait(false);
                await editor.RevokeSignerAsync(fingerprint, last, keep, cancellationToken).ConfigureAwait(false);
                break;
            case RepositoryKeyKind.Owner:
                await editor.RemoveOwnerAsync(fingerprint, cancellationToken).ConfigureAwait(false);
                break;
            default:
                TrustRecipient recipient = connection.Opened.Trust.Recipients.FirstOrDefault(
                    candidate => !candidate.IsRemoved && candidate.Key.Fingerprint == fingerprint) ?? throw NotFound(options, place);
                await editor.RemoveRecipientAsync(recipient.Id, cancellationToken).ConfigureAwait(false);
                observer.OnWarning(StaysOpen);
                break;
        }
    }

    /// <summary>Changes a passphrase.</summary>
    public static async Task<WorkloadRepositoryKey> ChangePassphraseAsync(
        RepositoryConnection connection, ChangePassphraseOptions options, IOperationObserver observer, CancellationToken cancellationToken)
    {
        EngineSecret owner = options.OwnerPassphrase ?? options.OldPassphrase;
        using TrustEditor editor = await TrustEditor.OpenAsync(
            connection.Opened, Passphrase(owner), options.DerivationTime, cancellationToken).ConfigureAwait(false);
        TrustRecipient changed = await editor.ChangePassphraseAsync(
            Passphrase(options.OldPassphrase), Passphrase(options.NewPassphrase), options.Name, cancellationToken).ConfigureAwait(false);
        observer.OnWarning(StaysOpen);
        return Recipient(connection, changed);
    }

    private static async Task<TrustEditor> EditorAsync(
        RepositoryConnection connection, EngineSecret? ownerPassphrase, RepositoryKeyKind kind, TimeSpan derivationTime, CancellationToken cancellationToken)
    {
        if (ownerPassphrase is not null)
        {
            return await TrustEditor.OpenAsync(connection.Opened, Passphrase(ownerPassphrase), derivationTime, cancellationToken).ConfigureAwait(false);
        }

        return kind == RepositoryKeyKind.Signer
            ? TrustEditor.ForMember(connection.Opened)
            : throw new RepositoryException(
                "OwnerPassphraseRequired",
                ErrorKind.InvalidInput,
                $"Failed to change the keys of '{connection.Store.Location}': only an owner can.",
                "Give the owner's passphrase with -OwnerPassphrase.",
                connection.Store.Location);
    }

    private static SecretText Passphrase(EngineSecret? secret) =>
        secret?.Passphrase ?? throw new ArgumentException("A passphrase is needed.", nameof(secret));

    private static VerificationKey ReadPublicKey(string text)
    {
        byte[] buffer = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, buffer, out int length) || length == 0)
        {
            throw new RepositoryException(
                "KeyInvalid",
                ErrorKind.InvalidInput,
                $"Failed to read the public key '{text}': it is not base64.",
                "Copy the whole line that the error SignerNotAdmitted printed on the other machine.",
                text);
        }

        return VerificationKey.Read(buffer.AsSpan(0, length));
    }

    private static RepositoryException NotFound(RemoveKeyOptions options, string place) => new(
        "KeyNotFound",
        ErrorKind.NotFound,
        $"Failed to remove the {options.Kind} '{options.Fingerprint}' from '{place}': no such key stands.",
        "List the keys with Get-WorkloadRepositoryKey.",
        options.Fingerprint);

    private static WorkloadRepositoryKey Recipient(RepositoryConnection connection, TrustRecipient recipient) => New(connection) with
    {
        Kind = recipient.Kind,
        Name = recipient.Name,
        Fingerprint = FingerprintConverter.ToHex(recipient.Key.Fingerprint),
        TrustNumber = recipient.TrustNumber,
        AddedUtc = recipient.AddedUtc,
        IsRevoked = recipient.IsRemoved,
        IsCurrent = connection.Opened.Recipient?.Id == recipient.Id,
    };

    private static WorkloadRepositoryKey Owner(RepositoryConnection connection, TrustOwner owner) => New(connection) with
    {
        Kind = RepositoryKeyKind.Owner,
        Name = owner.Name,
        Fingerprint = FingerprintConverter.ToHex(owner.Fingerprint),
        TrustNumber = owner.TrustNumber,
        AddedUtc = owner.AddedUtc,
        IsRevoked = owner.IsRemoved,
        IsCurrent = connection.Opened.State?.ReadPin(connection.Opened.Id) == owner.Fingerprint,
    };

    private static WorkloadRepositoryKey Signer(RepositoryConnection connection, TrustSigner signer, IReadOnlyDictionary<Guid, string> names)
    {
        SignerGrant[] grants = [.. signer.Grants.Where(grant => grant.Stands || !signer.IsAdmitted)];
        bool everyWorkload = Array.Exists(grants, grant => grant.Workloads is null);
        IEnumerable<Guid> workloads = everyWorkload ? [] : grants.SelectMany(grant => grant.Workloads!).Distinct();
        return New(connection) with
        {
            Kind = RepositoryKeyKind.Signer,
            Name = signer.Name,
            Fingerprint = FingerprintConverter.ToHex(signer.Fingerprint),
            Rights = signer.Rights,
            Workloads = [.. workloads.Select(id => names.GetValueOrDefault(id) ?? id.ToString("D"))],
            TrustNumber = grants.Min(grant => grant.TrustNumber),
            AddedUtc = grants.Min(grant => grant.AddedUtc),
            IsRevoked = !signer.IsAdmitted,
            IsCurrent = connection.Opened.Signer?.Fingerprint == signer.Fingerprint,
        };
    }

    private static WorkloadRepositoryKey New(RepositoryConnection connection) => new()
    {
        RepositoryId = connection.Opened.Id,
        RepositoryPath = connection.Store.Location,
    };
}
