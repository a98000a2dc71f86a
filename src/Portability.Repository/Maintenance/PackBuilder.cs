using Portability.Core.Crypto;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;

namespace Portability.Repository.Maintenance;

/// <summary>Makes one pack of families of old ones: each goes into it whole or not at all. One caller at a time.</summary>
/// <remarks>FORMAT.md, section 16: everything that lives in the old packs lies in the one new pack.</remarks>
internal sealed class PackBuilder
{
    /// <summary>Length in bytes that no pack may pass.</summary>
    private const int LargestPack = 64 << 20;

    private readonly ObjectScope scope;
    private readonly ObjectHeader header;
    private readonly List<RewrittenFrame> frames = [];
    private readonly List<PackFamily> families = [];
    private long textLength;
    private long blockCount;

    /// <summary>Opens a pack.</summary>
    /// <param name="scope">The repository.</param>
    /// <param name="set">Whose blocks it serves.</param>
    /// <param name="lease">Id of the lease that owns it.</param>
    /// <param name="random">Where its id comes from.</param>
    public PackBuilder(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random)
    {
        this.scope = scope;
        header = scope.NewHeader(ObjectKind.Pack, set, lease, random);
    }

    /// <summary>The families that it takes the place of.</summary>
    public IReadOnlyList<PackFamily> Families => families;

    /// <summary>True if it holds no block.</summary>
    public bool IsEmpty => frames.Count == 0;

    /// <summary>Adds what lives of a family.</summary>
    /// <returns>False if it does not fit: then nothing was added.</returns>
    public bool TryAdd(PackFamily family, IReadOnlyList<RewrittenFrame> content)
    {
        long text = textLength + content.Sum(frame => (long)frame.Text.Length + ObjectSealer.Overhead);
        long blocks = blockCount + content.Sum(frame => (long)frame.Ids.Length);
        long whole = Whole(text, frames.Count + content.Count, blocks);
        if (whole > PackWriter.TargetLength && (!IsEmpty || whole > LargestPack))
        {
            return false;
        }

        frames.AddRange(content);
        families.Add(family);
        textLength = text;
        blockCount = blocks;
        return true;
    }

    /// <summary>Adds blocks that no family needs.</summary>
    public void Fill(IReadOnlyList<RewrittenFrame> content)
    {
        frames.AddRange(content);
        textLength += content.Sum(frame => (long)frame.Text.Length + ObjectSealer.Overhead);
        blockCount += content.Sum(frame => (long)frame.Ids.Length);
    }

    /// <summary>Seals the pack and puts it.</summary>
    /// <param name="places">Where its blocks lie is added to this.</param>
    /// <param name="cancellationToken">Gives up; the pack may be there or not.</param>
    /// <exception cref="StorageException">The store failed.</exception>
    public async Task<WrittenObject> CompleteAsync(List<Location> places, CancellationToken cancellationToken)
    {
        long whole = Whole(textLength, frames.Count, blockCount);
        long padded = (whole + ObjectScope.PaddingUnit - 1) / ObjectScope.PaddingUnit * ObjectScope.PaddingUnit;
        using var pack = new OpenPack(scope, header, new byte[scope.PadPacks ? padded : whole]);
        foreach (RewrittenFrame frame in frames)
        {
            if (!pack.TryTake(frame.Text.Length, frame.Ids, out int number, out FramePlace place))
            {
                throw new InvalidOperationException($"A pack of {whole} bytes has no room for frame {number}.");
            }

            pack.Seal(number, place, frame.Text);
            for (int block = 0; block < frame.Ids.Length; block++)
            {
                places.Add(new Location(frame.Ids[block], header.Id, (uint)place.Offset, (uint)place.Length, (ushort)block));
            }
        }

        pack.Close();
        ReadOnlyMemory<byte> content = pack.Finish();
        await scope.Objects.PutAsync(ObjectKind.Pack, header.Set, header.Id, content, cancellationToken).ConfigureAwait(false);
        return new WrittenObject(ObjectKind.Pack, header.Set, header.Id, content.Length, Digest.Of(content.Span));
    }

    private static long Whole(long text, long frameCount, long blocks) =>
        ObjectHeader.Size + text + PackDirectory.SealedLength(frameCount, blocks) + PackTrailer.Size;
}
