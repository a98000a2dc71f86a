using System.Runtime.CompilerServices;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>A run of locations that was opened: its index is checked and in memory, its pages are read one by one. Thread-safe.</summary>
/// <remarks>FORMAT.md section 12.</remarks>
public sealed class LocationRun : IDisposable
{
    private const int HashPiece = 1 << 20;

    private readonly ObjectScope scope;
    private readonly ObjectHeader header;
    private readonly ObjectSealer sealer;
    private readonly BlobName name;
    private readonly RunTrailer trailer;
    private readonly LocationIndexEntry[] pages;
    private readonly ObjectId[] packs;

    private LocationRun(
        ObjectScope scope, ObjectHeader header, ObjectSealer sealer, BlobName name, RunTrailer trailer, LocationIndexEntry[] pages, ObjectId[] packs)
    {
        this.scope = scope;
        this.header = header;
        this.sealer = sealer;
        this.name = name;
        this.trailer = trailer;
        this.pages = pages;
        this.packs = packs;
    }

    /// <summary>Its id.</summary>
    public ObjectId Id => header.Id;

    /// <summary>Set of its blocks.</summary>
    public BlockSet Set => header.Set;

    /// <summary>Packs that it covers.</summary>
    public ReadOnlyMemory<ObjectId> Packs => packs;

    /// <summary>Locations in it.</summary>
    public long Count => trailer.EntryCount;

    /// <summary>Fingerprint of the key that it says it was signed with; see <see cref="IsSignedByAsync"/>.</summary>
    public KeyFingerprint Signer => trailer.Signer;

    /// <summary>Opens a run.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of its blocks.</param>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">No copy is there and whole.</exception>
    public static Task<LocationRun> OpenAsync(ObjectScope scope, BlockSet set, ObjectId id, CancellationToken cancellationToken) =>
        scope.Objects.ReadAsync(ObjectKind.Run, set, id, (name, token) => OpenCopyAsync(scope, set, id, name, token), cancellationToken);

    /// <summary>Opens one copy of a run, of whichever set its header names.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of its blocks; <see cref="BlockSet.None"/> takes either.</param>
    /// <param name="id">Its id.</param>
    /// <param name="name">The copy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">It is not there, damaged, or breaks the format.</exception>
    public static async Task<LocationRun> OpenCopyAsync(ObjectScope scope, BlockSet set, ObjectId id, BlobName name, CancellationToken cancellationToken)
    {
        (ObjectHeader header, RunTrailer trailer, ObjectId[] packs) = await ReadClearAsync(scope.Objects, scope.Repository, set, id, name, cancellationToken).ConfigureAwait(false);
        byte[] sealedIndex = new byte[trailer.IndexLength];
        await scope.Objects.ReadExactlyAsync(name, trailer.IndexOffset, sealedIndex, cancellationToken).ConfigureAwait(false);
        var sealer = new ObjectSealer(scope.Keyring, header);
        try
        {
            byte[] text = new byte[Math.Max(0, sealedIndex.Length - ObjectSealer.Overhead)];
            return sealer.TryOpen(ObjectSealer.DirectoryZone, 0, trailer.IndexOffset, sealedIndex, text)
                ? new LocationRun(scope, header, sealer, name, trailer, LocationRunIndex.Read(text, trailer, name.Value), packs)
                : throw Damage.At(name.Value, trailer.IndexOffset, "the index does not open");
        }
        catch
        {
            sealer.Dispose();
            throw;
        }
    }

    /// <summary>Reads which packs a run covers and who says so; needs no key.</summary>
    /// <param name="objects">Where the run lies.</param>
    /// <param name="repository">The repository's id.</param>
    /// <param name="id">Its id.</param>
    /// <param name="name">The copy.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">It is not there, damaged, or breaks the format.</exception>
    public static async Task<(BlockSet Set, KeyFingerprint Signer, ObjectId[] Packs)> ReadCoverageAsync(
        StoredObjects objects, Guid repository, ObjectId id, BlobName name, CancellationToken cancellationToken)
    {
        (ObjectHeader header, RunTrailer trailer, ObjectId[] packs) = await ReadClearAsync(objects, repository, BlockSet.None, id, name, cancellationToken).ConfigureAwait(false);
        return (header.Set, trailer.Signer, packs);
    }

    /// <summary>Tells whether a key signed a run as it stands; reads all of it, and needs no key of the repository.</summary>
    /// <param name="objects">Where the run lies.</param>
    /// <param name="name">The copy.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public static async Task<bool> IsSignedByAsync(StoredObjects objects, BlobName name, VerificationKey key, CancellationToken cancellationToken)
    {
        long length = await objects.LengthAsync(name, cancellationToken).ConfigureAwait(false);
        long end = length - RunTrailer.SignatureSize;
        using var hash = new RunningHash();
        byte[] piece = new byte[HashPiece];
        for (long offset = 0; offset < end;)
        {
            int count = (int)Math.Min(piece.Length, end - offset);
            await objects.ReadExactlyAsync(name, offset, piece.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
            hash.Append(piece.AsSpan(0, count));
            offset += count;
        }

        if (end < ObjectHeader.Size)
        {
            return false;
        }

        byte[] signature = new byte[RunTrailer.SignatureSize];
        await objects.ReadExactlyAsync(name, end, signature, cancellationToken).ConfigureAwait(false);
        byte[] digest = new byte[ContentHash.Size];
        hash.Finish(digest);
        return key.Verify(RunTrailer.Signed(digest), signature);
    }

    /// <summary>Lists the places of a block.</summary>
    /// <param name="id">The block.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A page is damaged.</exception>
    public async IAsyncEnumerable<Location> FindAsync(BlockId id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int page = FirstPage(id); page < pages.Length && pages[page].First <= id; page++)
        {
            foreach (LocationEntry entry in await PageAsync(page, cancellationToken).ConfigureAwait(false))
            {
                if (entry.Id == id)
                {
                    yield return ToLocation(entry);
                }
            }
        }
    }

    /// <summary>Lists all locations, ascending by block.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="PortabilityException">A page is damaged.</exception>
    public async IAsyncEnumerable<Location> AllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (int page = 0; page < pages.Length; page++)
        {
            foreach (LocationEntry entry in await PageAsync(page, cancellationToken).ConfigureAwait(false))
            {
                yield return ToLocation(entry);
            }
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => sealer.Dispose();

    private static async Task<(ObjectHeader Header, RunTrailer Trailer, ObjectId[] Packs)> ReadClearAsync(
        StoredObjects objects, Guid repository, BlockSet set, ObjectId id, BlobName name, CancellationToken cancellationToken)
    {
        long length = await objects.LengthAsync(name, cancellationToken).ConfigureAwait(false);
        if (length < ObjectHeader.Size + RunTrailer.Size)
        {
            throw Damage.At(name.Value, length, "the object ends, too short for a run");
        }

        byte[] start = new byte[ObjectHeader.Size], end = new byte[RunTrailer.Size];
        await objects.ReadExactlyAsync(name, 0, start, cancellationToken).ConfigureAwait(false);
        var header = ObjectHeader.Read(start, name.Value);
        header.Expect(repository, ObjectKind.Run, set == BlockSet.None ? header.Set : set, id, name.Value);
        await objects.ReadExactlyAsync(name, length - end.Length, end, cancellationToken).ConfigureAwait(false);
        RunTrailer trailer = RunTrailer.Read(end, length, name.Value);
        byte[] table = new byte[trailer.PackCount * ObjectId.Size];
        await objects.ReadExactlyAsync(name, trailer.PackTableOffset, table, cancellationToken).ConfigureAwait(false);
        var packs = new ObjectId[trailer.PackCount];
        for (int number = 0; number < packs.Length; number++)
        {
            packs[number] = ObjectId.Read(table.AsSpan(number * ObjectId.Size));
        }

        return (header, trailer, packs);
    }

    private Location ToLocation(LocationEntry entry) => new(entry.Id, packs[entry.Pack], entry.Offset, entry.Length, entry.Block);

    /// <summary>The first page that may hold a block: the last one that begins before it, since equal ids may go over a page's end.</summary>
    private int FirstPage(BlockId id)
    {
        int low = 0, high = pages.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = pages[middle].First < id ? (middle + 1, high) : (low, middle);
        }

        return Math.Max(0, low - 1);
    }

    private async Task<LocationEntry[]> PageAsync(int page, CancellationToken cancellationToken)
    {
        byte[] sealedPage = new byte[pages[page].Length];
        await scope.Objects.ReadExactlyAsync(name, pages[page].Offset, sealedPage, cancellationToken).ConfigureAwait(false);
        byte[] text = new byte[sealedPage.Length - ObjectSealer.Overhead];
        return sealer.TryOpen(ObjectSealer.PartZone, (ulong)page, pages[page].Offset, sealedPage, text)
            ? LocationPage.Read(text, pages[page], packs.Length, name.Value)
            : throw Damage.At(name.Value, pages[page].Offset, FormattableString.Invariant($"page {page} of {sealedPage.Length} bytes does not open"));
    }
}
