using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Packs;
using Portability.Repository.Records;

namespace Portability.Repository.Objects;

/// <summary>What sealed objects of one repository are written and read with.</summary>
public sealed record ObjectScope
{
    /// <summary>The repository's id.</summary>
    public required Guid Repository { get; init; }

    /// <summary>Length in bytes of a block.</summary>
    public required int BlockSize { get; init; }

    /// <summary>Where the objects lie.</summary>
    public required StoredObjects Objects { get; init; }

    /// <summary>The keys; stay the caller's, and must outlive what uses them.</summary>
    public required Keyring Keyring { get; init; }

    /// <summary>The workload within which blocks are shared, or null where they are shared in the whole repository.</summary>
    public Guid? SharedWithin { get; init; }

    /// <summary>Packs are padded to a multiple of <see cref="PaddingUnit"/>.</summary>
    public bool PadPacks { get; init; }

    internal const int PaddingUnit = 1 << 20;

    /// <summary>Packs and unpacks frames.</summary>
    internal FrameCodec Codec { get; } = new();

    /// <summary>The hasher that names blocks of a set; the caller disposes it.</summary>
    /// <param name="set">The set.</param>
    internal ContentIdHasher Hasher(BlockSet set) => Keyring.ContentIdKey(set, BlockSize, SharedWithin);

    /// <summary>The header of a new object.</summary>
    internal ObjectHeader NewHeader(ObjectKind kind, BlockSet set, RecordId lease, RandomSource random) => new()
    {
        Kind = kind,
        Set = set,
        Repository = Repository,
        Id = ObjectId.Draw(random),
        Lease = lease,
        Epoch = kind == ObjectKind.Reference ? 0 : Keyring.Epoch,
    };
}
