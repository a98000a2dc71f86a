using Portability.Core.Crypto;
using Portability.Repository.Objects;
using Portability.Repository.Records;

namespace Portability.Repository.Locations;

/// <summary>Makes a run of locations in memory and puts it. One thread at a time.</summary>
/// <remarks>FORMAT.md section 12.</remarks>
internal sealed class LocationRunWriter : IDisposable
{
    /// <summary>Most entries that one run gets: about 46 MiB. More make several runs.</summary>
    public const int MaximumEntries = 1 << 20;

    private readonly ObjectScope scope;
    private readonly ObjectHeader header;
    private readonly ObjectSealer sealer;
    private readonly ObjectBuffer buffer;
    private readonly List<LocationIndexEntry> pages = [];
    private readonly LocationEntry[] page = new LocationEntry[LocationPage.MaximumEntries];
    private readonly Dictionary<ObjectId, ushort> numbers = [];
    private readonly List<ObjectId> packs = [];
    private int filled;
    private BlockId last;

    /// <summary>Opens a run.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Set of the blocks.</param>
    /// <param name="lease">Id of the lease that owns it.</param>
    /// <param name="random">Where its id comes from.</param>
    public LocationRunWriter(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random)
    {
        this.scope = scope;
        header = scope.NewHeader(ObjectKind.Run, set, lease, random);
        sealer = new ObjectSealer(scope.Keyring, header);
        buffer = new ObjectBuffer(header);
    }

    /// <summary>Entries so far.</summary>
    public long Count { get; private set; }

    /// <summary>The run's id.</summary>
    public ObjectId Id => header.Id;

    /// <summary>Tells whether a location still fits.</summary>
    public bool HasRoomFor(ObjectId pack) => Count < MaximumEntries && (packs.Count < RunTrailer.MaximumPacks || numbers.ContainsKey(pack));

    /// <summary>Adds a location; ids ascend.</summary>
    public void Add(Location location)
    {
        if (Count > 0 && location.Id < last)
        {
            throw new ArgumentException($"Block {location.Id} does not follow {last}.", nameof(location));
        }

        if (!numbers.TryGetValue(location.Pack, out ushort number))
        {
            number = checked((ushort)packs.Count);
            numbers.Add(location.Pack, number);
            packs.Add(location.Pack);
        }

        last = location.Id;
        page[filled++] = new LocationEntry(location.Id, number, location.Offset, location.Length, location.Block);
        Count++;
        if (filled == page.Length)
        {
            FlushPage();
        }
    }

    /// <summary>Signs the run and puts it.</summary>
    /// <param name="signer">Signs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It is empty.</exception>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<WrittenObject> CompleteAsync(RecordSigner signer, CancellationToken cancellationToken)
    {
        FlushPage();
        if (Count == 0)
        {
            throw new InvalidOperationException("A run has at least one entry.");
        }

        Finish(signer);
        ReadOnlyMemory<byte> content = buffer.Content;
        await scope.Objects.PutAsync(ObjectKind.Run, header.Set, header.Id, content, cancellationToken).ConfigureAwait(false);
        return new WrittenObject(ObjectKind.Run, header.Set, header.Id, content.Length, Digest.Of(content.Span));
    }

    public void Dispose() => sealer.Dispose();

    private void FlushPage()
    {
        if (filled == 0)
        {
            return;
        }

        byte[] text = new byte[LocationPage.Length(filled)];
        LocationPage.Write(page.AsSpan(0, filled), text);
        int offset = buffer.Length, length = text.Length + ObjectSealer.Overhead;
        sealer.Seal(ObjectSealer.PartZone, (ulong)pages.Count, offset, text, buffer.Append(length));
        pages.Add(new LocationIndexEntry(page[0].Id, offset, length, filled));
        filled = 0;
    }

    private void Finish(RecordSigner signer)
    {
        byte[] index = new byte[LocationRunIndex.Length(pages.Count)];
        LocationRunIndex.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pages), index);
        int indexOffset = buffer.Length;
        sealer.Seal(ObjectSealer.DirectoryZone, 0, indexOffset, index, buffer.Append(index.Length + ObjectSealer.Overhead));
        int tableOffset = buffer.Length;
        Span<byte> table = buffer.Append(packs.Count * ObjectId.Size);
        for (int number = 0; number < packs.Count; number++)
        {
            packs[number].Write(table[(number * ObjectId.Size)..]);
        }

        var trailer = new RunTrailer(indexOffset, tableOffset - indexOffset, tableOffset, packs.Count, Count, signer.Fingerprint);
        trailer.Write(buffer.Append(RunTrailer.Size));
        ReadOnlySpan<byte> all = buffer.Content.Span;
        byte[] signed = RunTrailer.Signed(ContentHash.Sha256(all[..^RunTrailer.SignatureSize]));
        signer.SignBytes(signed, buffer.Last(RunTrailer.SignatureSize));
    }
}
