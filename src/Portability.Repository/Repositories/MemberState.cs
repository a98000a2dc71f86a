using System.Globalization;
using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>
/// What a member or verifier keeps outside every store: its signing key, receipt keys, pinned owners, and the newest it saw. Files of 0600
/// in folders of 0700. Thread-safe, and safe against other processes over the same directory. Blocking: the files are tiny and local.
/// </summary>
/// <remarks>FORMAT.md, section 8, "State".</remarks>
public sealed class MemberState
{
    private const string SigningKeyName = "keys/signing.p8";
    private readonly StateFiles files;
    private readonly IOperationObserver observer;

    /// <summary>Initialises over a directory, which is made when something is first kept.</summary>
    /// <param name="directory">Full path of the state directory.</param>
    /// <param name="observer">Is told of damaged files.</param>
    public MemberState(string directory, IOperationObserver observer)
    {
        Directory = directory;
        this.observer = observer;
        files = new StateFiles(directory);
    }

    /// <summary>Full path of the state directory.</summary>
    public string Directory { get; }

    /// <summary>The key that this member signs with; made on the first call, the same for every process. The caller disposes it.</summary>
    /// <exception cref="StorageException">`StateUnreadable`, `StateUnwritable`, `MemberKeyDamaged`.</exception>
    public SigningKey GetOrCreateSigningKey() => GetOrCreateKey(SigningKeyName);

    /// <summary>The receipt key of a store; made on the first call. The caller disposes it.</summary>
    /// <param name="instance">Identifier of the store.</param>
    /// <exception cref="StorageException">As <see cref="GetOrCreateSigningKey"/>.</exception>
    public SigningKey GetOrCreateReceiptKey(Guid instance) => GetOrCreateKey(ReceiptKeyName(instance));

    /// <summary>The receipt key of a store, or null if it is not kept here. The caller disposes it.</summary>
    /// <param name="instance">Identifier of the store.</param>
    /// <exception cref="StorageException">As <see cref="GetOrCreateSigningKey"/>.</exception>
    public SigningKey? TryReadReceiptKey(Guid instance) => TryReadKey(ReceiptKeyName(instance));

    /// <summary>The pinned fingerprint of a repository's first owner, or null. A damaged pin is reported and counts as absent.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public KeyFingerprint? ReadPin(Guid repositoryId)
    {
        byte[]? content = files.TryRead(PinName(repositoryId));
        if (content is null)
        {
            return null;
        }

        if (KeyFingerprint.TryParse(Encoding.UTF8.GetString(content).Trim(), out KeyFingerprint pinned))
        {
            return pinned;
        }

        Report(PinName(repositoryId));
        return null;
    }

    /// <summary>Pins the first owner of a repository, in the place of what was pinned before.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="owner">Fingerprint that a person or a passphrase vouches for.</param>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public void WritePin(Guid repositoryId, KeyFingerprint owner) =>
        files.Replace(PinName(repositoryId), Encoding.ASCII.GetBytes(FingerprintConverter.ToHex(owner) + "\n"));

    /// <summary>The newest manifest of a workload that was seen at a store, or null.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <param name="workload">The workload.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public SeenMark? ReadSeen(Guid repositoryId, Guid instance, Guid workload) => Seen(repositoryId, instance, workload.ToString("D")).Read();

    /// <summary>Lists the workloads of which something was seen at an instance.</summary>
    /// <param name="repositoryId">Repository.</param>
    /// <param name="instance">Instance.</param>
    /// <returns>Their identifiers.</returns>
    public IReadOnlyList<Guid> ListSeen(Guid repositoryId, Guid instance) =>
    [
        .. files.ListFolders(SeenFolder(repositoryId, instance)).Select(name => Guid.TryParse(name, out Guid id) ? id : Guid.Empty).Where(id => id != Guid.Empty),
    ];

    /// <summary>Notes a manifest of a workload that was seen at a store; never lowers what was noted.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <param name="workload">The workload.</param>
    /// <param name="mark">Number and hash of the manifest.</param>
    /// <exception cref="StorageException">`StateUnreadable`, `StateUnwritable`.</exception>
    public void NoteSeen(Guid repositoryId, Guid instance, Guid workload, SeenMark mark) =>
        Seen(repositoryId, instance, workload.ToString("D")).Raise(mark);

    /// <summary>Forgets what was seen of a workload at a store: after an owner said that the store's older state is right.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <param name="workload">The workload.</param>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public void ForgetSeen(Guid repositoryId, Guid instance, Guid workload)
    {
        string folder = SeenFolder(repositoryId, instance) + "/" + workload.ToString("D");
        foreach (string leaf in files.List(folder))
        {
            files.Remove($"{folder}/{leaf}");
        }
    }

    /// <summary>The newest trust record seen at a store, or null.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public SeenMark? ReadTrustSeen(Guid repositoryId, Guid instance) => Seen(repositoryId, instance, "trust").Read();

    /// <summary>The newest trust record seen at each store of a repository.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public IReadOnlyList<SeenMark> ReadTrustSeen(Guid repositoryId) =>
    [
        .. files.ListFolders($"seen/{repositoryId:D}")
            .Select(instance => Guid.TryParse(instance, out Guid id) ? ReadTrustSeen(repositoryId, id) : null)
            .OfType<SeenMark>(),
    ];

    /// <summary>Notes a trust record that was seen at a store; never lowers what was noted.</summary>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <param name="mark">Number and hash of the record.</param>
    /// <exception cref="StorageException">`StateUnreadable`, `StateUnwritable`.</exception>
    public void NoteTrustSeen(Guid repositoryId, Guid instance, SeenMark mark) => Seen(repositoryId, instance, "trust").Raise(mark);

    /// <summary>Where the review of a mirror goes on; the default for its beginning.</summary>
    /// <param name="instance">The mirror.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public ReviewMark ReadReview(Guid instance)
    {
        byte[]? content = files.TryRead(ReviewName(instance));
        string[] parts = content is null ? [] : Encoding.ASCII.GetString(content).Trim().Split(' ');
        return parts.Length == 2 && Guid.TryParse(parts[0], out Guid snapshot) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long position)
            ? new ReviewMark(snapshot, position)
            : default;
    }

    /// <summary>Notes where the review of a mirror goes on.</summary>
    /// <param name="instance">The mirror.</param>
    /// <param name="mark">The place.</param>
    /// <exception cref="StorageException">`StateUnwritable`.</exception>
    public void WriteReview(Guid instance, ReviewMark mark) =>
        files.Replace(ReviewName(instance), Encoding.ASCII.GetBytes(FormattableString.Invariant($"{mark.Snapshot:D} {mark.Position}\n")));

    /// <summary>Notes which store of a repository lies at a place.</summary>
    /// <param name="location">The store's location.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <param name="instance">The store.</param>
    /// <exception cref="RepositoryException">`InstanceReplaced`: another store of this repository lay there before.</exception>
    /// <exception cref="StorageException">`StateUnreadable`, `StateUnwritable`.</exception>
    public void NotePlace(string location, Guid repositoryId, Guid instance)
    {
        string name = PlaceName(location, repositoryId);
        byte[] content = Encoding.ASCII.GetBytes(instance.ToString("D") + "\n");
        if (files.PutIfAbsent(name, content))
        {
            return;
        }

        byte[]? kept = files.TryRead(name);
        if (kept is null || !Guid.TryParse(Encoding.ASCII.GetString(kept).Trim(), out Guid known))
        {
            Report(name);
            files.Replace(name, content);
        }
        else if (known != instance)
        {
            throw new RepositoryException(
                "InstanceReplaced",
                ErrorKind.Integrity,
                $"Failed to trust '{location}': store {instance:D} of the repository lies there, before it was store {known:D}.",
                $"If the store was made anew on purpose, remove the file {files.PathOf(name)} and run Connect-WorkloadRepository again.",
                location);
        }
    }

    /// <summary>The identity of the store that lay at a place when it was last opened, as it was read there; null where none is known.</summary>
    /// <param name="location">The store's location.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    public InstanceRecord? TryReadInstance(string location, Guid repositoryId)
    {
        byte[]? place = files.TryRead(PlaceName(location, repositoryId));
        if (place is null || !Guid.TryParse(Encoding.ASCII.GetString(place).Trim(), out Guid id) || files.TryRead(InstanceName(id)) is not { } content)
        {
            return null;
        }

        try
        {
            InstanceRecord kept = InstanceRecord.Parse(SignedRecord.Parse(content, InstanceName(id)), repositoryId);
            return kept.Id == id ? kept : null;
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException or UnsupportedFeatureException)
        {
            Report(InstanceName(id));
            return null;
        }
    }

    /// <summary>Keeps the identity of a store as it was read there.</summary>
    /// <param name="instance">The identity.</param>
    /// <exception cref="StorageException">`StateUnreadable`, `StateUnwritable`.</exception>
    public void NoteInstance(InstanceRecord instance)
    {
        if (files.TryRead(InstanceName(instance.Id)) is not { } kept || !kept.AsSpan().SequenceEqual(instance.Record.Bytes.Span))
        {
            files.Replace(InstanceName(instance.Id), instance.Record.Bytes.Span);
        }
    }

    /// <summary>Refuses an empty place where a store of this repository lay: its disk may not be mounted.</summary>
    /// <param name="location">The place, at which nothing of the repository is.</param>
    /// <param name="repositoryId">The repository.</param>
    /// <exception cref="RepositoryException">`InstanceVanished`.</exception>
    /// <exception cref="StorageException">`StateUnreadable`.</exception>
    internal void RefuseVanished(string location, Guid repositoryId)
    {
        string name = PlaceName(location, repositoryId);
        if (files.TryRead(name) is { } kept && Guid.TryParse(Encoding.ASCII.GetString(kept).Trim(), out Guid known))
        {
            throw new RepositoryException(
                "InstanceVanished",
                ErrorKind.Integrity,
                $"Failed to find the mirror at '{location}': store {known:D} of the repository lay there, and nothing is there now.",
                $"Mount its disk or share and run Sync-WorkloadDelta again; if the mirror was removed on purpose, remove the file {files.PathOf(name)} first.",
                location);
        }
    }

    /// <summary>Forgets which store lay at a place, since this member makes another one there.</summary>
    internal void ForgetPlace(string location, Guid repositoryId) => files.Remove(PlaceName(location, repositoryId));

    /// <summary>Removes a receipt key that no store has.</summary>
    internal void ForgetReceiptKey(Guid instance) => files.Remove(ReceiptKeyName(instance));

    private static string PinName(Guid repositoryId) => $"pins/{repositoryId:D}";

    private static string PlaceName(string location, Guid repositoryId) =>
        $"places/{repositoryId:D}/{RecordHash.Of(Encoding.UTF8.GetBytes(location))}";

    private static string ReviewName(Guid instance) => $"reviews/{instance:D}";

    private static string InstanceName(Guid instance) => $"instances/{instance:D}";

    private static string ReceiptKeyName(Guid instance) => $"keys/receipt-{instance:D}.p8";

    private static string SeenFolder(Guid repositoryId, Guid instance) => $"seen/{repositoryId:D}/{instance:D}";

    private SeenMarks Seen(Guid repositoryId, Guid instance, string what) => new(files, SeenFolder(repositoryId, instance) + "/" + what, observer);

    private void Report(string name) => observer.OnWarning($"'{files.PathOf(name)}' is damaged and counts as absent.");

    private SigningKey GetOrCreateKey(string name)
    {
        if (TryReadKey(name) is { } known)
        {
            return known;
        }

        using SigningKey made = SigningKey.Generate();
        using (SecretBytes exported = made.Export())
        {
            files.PutIfAbsent(name, exported.AsSpan());
        }

        return TryReadKey(name) ?? throw KeyDamaged(name, "it is gone again", null);
    }

    private SigningKey? TryReadKey(string name)
    {
        byte[]? content = files.TryRead(name);
        if (content is null)
        {
            return null;
        }

        try
        {
            return SigningKey.Read(content);
        }
        catch (InvalidFormatException exception)
        {
            throw KeyDamaged(name, exception.Message, exception);
        }
        finally
        {
            global::System.Security.Cryptography.CryptographicOperations.ZeroMemory(content);
        }
    }

    private StorageException KeyDamaged(string name, string fact, Exception? cause) => new(
        "MemberKeyDamaged",
        ErrorKind.Integrity,
        string.Create(CultureInfo.InvariantCulture, $"Failed to read the key '{files.PathOf(name)}': {fact.TrimEnd('.')}."),
        "Restore the file from a backup, or remove it and let an owner admit the new key with Add-WorkloadRepositoryKey -Signer.",
        files.PathOf(name),
        isTransient: false,
        cause);
}
