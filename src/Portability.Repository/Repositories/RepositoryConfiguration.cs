using System.Numerics;
using Portability.Core.Crypto;
using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>What never changes in a repository: `repository.json`. Immutable.</summary>
/// <remarks>FORMAT.md, section 4.</remarks>
public sealed class RepositoryConfiguration
{
    /// <summary>Version of the format that this program writes and reads.</summary>
    public const int FormatVersion = 1;

    /// <summary>Block size in bytes where none is asked for.</summary>
    public const int DefaultBlockSize = 64 << 10;

    /// <summary>Smallest block size in bytes.</summary>
    public const int MinimumBlockSize = 4 << 10;

    /// <summary>Largest block size in bytes.</summary>
    public const int MaximumBlockSize = 4 << 20;

    /// <summary>Most bytes that are read of `repository.json`.</summary>
    public const int MaximumSize = 64 << 10;

    /// <summary>HMAC-SHA-256, HKDF-SHA-256, AES-256-GCM, ECDSA P-256.</summary>
    public const int Suite = 1;

    private const int PublicKeySuite = 2;
    private const string RepositoryScope = "repository";
    private const string WorkloadScope = "workload";

    private RepositoryConfiguration(ReadOnlyMemory<byte> bytes, ConfigurationBody body)
    {
        Bytes = bytes;
        Hash = RecordHash.Of(bytes.Span);
        Id = body.Id;
        BlockSize = body.BlockSize;
        DedupScope = string.Equals(body.Dedup, WorkloadScope, StringComparison.Ordinal) ? DedupScope.Workload : DedupScope.Repository;
        PadPacks = body.PadPacks;
    }

    /// <summary>Identifier of the repository, equal at its mirrors.</summary>
    public Guid Id { get; }

    /// <summary>Unit of storage and deduplication, in bytes; a power of two.</summary>
    public int BlockSize { get; }

    /// <summary>Within what equal blocks are stored once.</summary>
    public DedupScope DedupScope { get; }

    /// <summary>True if packs are padded to a multiple of 1 MiB.</summary>
    public bool PadPacks { get; }

    /// <summary>Stored bytes; equal at every mirror.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>SHA-256 of the stored bytes, which trust record 1 holds.</summary>
    public RecordHash Hash { get; }

    /// <summary>Draws the identity of a new repository.</summary>
    /// <param name="random">Where the id comes from.</param>
    /// <param name="blockSize">Block size in bytes, a power of two from <see cref="MinimumBlockSize"/> to <see cref="MaximumBlockSize"/>.</param>
    /// <param name="dedupScope">Within what equal blocks are stored once.</param>
    /// <param name="padPacks">True to pad packs to a multiple of 1 MiB.</param>
    /// <exception cref="RepositoryException">`BlockSizeInvalid`.</exception>
    public static RepositoryConfiguration Create(
        RandomSource random, int blockSize = DefaultBlockSize, DedupScope dedupScope = DedupScope.Repository, bool padPacks = false)
    {
        if (!IsBlockSize(blockSize))
        {
            throw new RepositoryException(
                "BlockSizeInvalid",
                ErrorKind.InvalidInput,
                FormattableString.Invariant($"Failed to make a repository: a block size of {blockSize} bytes is no power of two from {MinimumBlockSize} to {MaximumBlockSize}."),
                "Leave out -BlockSize, or give one of 4KB, 8KB, 16KB ... 4MB to New-WorkloadRepository.");
        }

        var body = new ConfigurationBody
        {
            Format = FormatVersion,
            Id = random.NextGuid(),
            Suite = Suite,
            BlockSize = blockSize,
            Dedup = dedupScope == DedupScope.Workload ? WorkloadScope : RepositoryScope,
            PadPacks = padPacks,
            Random = RecordHash.FromBytes(random.NextBytes(RecordHash.Size)),
        };
        return new RepositoryConfiguration(RecordJson.Write(body, RepositoryJson.Default.ConfigurationBody), body);
    }

    /// <summary>Reads stored bytes.</summary>
    /// <param name="bytes">All bytes of `repository.json`; kept, so the caller must not change them.</param>
    /// <param name="place">The repository's place for errors.</param>
    /// <exception cref="RepositoryException">`NotARepository`.</exception>
    /// <exception cref="UnsupportedFeatureException">`FormatTooNew`; `SuiteUnsupported`.</exception>
    public static RepositoryConfiguration Parse(ReadOnlyMemory<byte> bytes, string? place = null)
    {
        if (bytes.Length > MaximumSize)
        {
            throw NotARepository(place, FormattableString.Invariant($"repository.json has {bytes.Length} bytes, at most {MaximumSize} are allowed"), null);
        }

        // What decides whether the rest can be read comes first: a later version may have other members.
        FormatProbe probe = Read(bytes, RepositoryJson.Default.FormatProbe, place);
        if (probe.Format > FormatVersion)
        {
            throw TooNew(place, FormattableString.Invariant($"it has format version {probe.Format}, this program knows {FormatVersion}"));
        }

        if (probe.Suite is > Suite or < 1)
        {
            throw UnknownSuite(place, probe.Suite);
        }

        ConfigurationBody body = Read(bytes, RepositoryJson.Default.ConfigurationBody, place);
        if (body.Format != FormatVersion || body.Id == Guid.Empty || !IsBlockSize(body.BlockSize) || body.Random.IsEmpty || body.Dedup is not (RepositoryScope or WorkloadScope))
        {
            throw NotARepository(place, "a member of repository.json has no valid value", null);
        }

        return new RepositoryConfiguration(bytes, body);
    }

    /// <summary>Makes the error for a repository of a later format version.</summary>
    internal static UnsupportedFeatureException TooNew(string? place, string fact) => new(
        "FormatTooNew",
        ErrorKind.Unsupported,
        $"Failed to open the repository '{place}': {fact}.",
        "Update the module with Update-Module WorkloadPortability.",
        place);

    /// <summary>Makes the error for a place that holds something else.</summary>
    internal static RepositoryException NotARepository(string? place, string fact, Exception? cause) => new(
        "NotARepository",
        ErrorKind.InvalidFormat,
        $"Failed to open the repository '{place}': {fact}.",
        "Check -Path of Connect-WorkloadRepository, or repair repository.json from a mirror: it is the same there.",
        place,
        isTransient: false,
        cause);

    private static T Read<T>(ReadOnlyMemory<byte> bytes, global::System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, string? place)
        where T : class
    {
        try
        {
            return RecordJson.Read(bytes.Span, type, "repository.json", place);
        }
        catch (InvalidFormatException exception)
        {
            throw NotARepository(place, "repository.json is not what a repository begins with", exception);
        }
    }

    private static UnsupportedFeatureException UnknownSuite(string? place, int suite) => new(
        "SuiteUnsupported",
        ErrorKind.Unsupported,
        FormattableString.Invariant($"Failed to open the repository '{place}': cipher suite {suite} {(suite == PublicKeySuite ? "(sealing to public keys) " : string.Empty)}is not handled, only {Suite} is."),
        "Update the module with Update-Module WorkloadPortability.",
        place);

    private static bool IsBlockSize(int blockSize) => blockSize is >= MinimumBlockSize and <= MaximumBlockSize && BitOperations.IsPow2(blockSize);
}
