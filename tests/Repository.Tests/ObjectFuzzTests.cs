using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Portability.Core.Checksums;
using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;
using Portability.Repository.References;
using Portability.Repository.Repositories;
using Portability.Tests;
using Xunit;

namespace Portability.Repository.Tests;

/// <summary>
/// Damaged parts of objects, behind their seals: what a member with keys could write, or a store could serve. Only
/// <see cref="PortabilityException"/> escapes, no input takes long or much memory.
/// </summary>
public sealed class ObjectFuzzTests
{
    private const int BlockSize = 4096;
    private readonly SeededRandomSource random = new(20);

    [Fact]
    public void Headers()
    {
        byte[] header = new byte[ObjectHeader.Size];
        new ObjectHeader
        {
            Kind = ObjectKind.Map, Set = BlockSet.Data, Repository = random.NextGuid(), Id = ObjectId.Draw(random), Lease = RecordId.Draw(random), Epoch = 3,
        }.Write(header);
        ParserFuzz.Run(101, header, bytes => ObjectHeader.Read(bytes, "packs/x"), bytes => MendLast(bytes, ObjectHeader.Size));
    }

    [Fact]
    public void Trailers_of_packs()
    {
        byte[] trailer = new byte[PackTrailer.Size];
        int sealedLength = (int)PackDirectory.SealedLength(3, 40);
        new PackTrailer(70_000, sealedLength, 3, 40).Write(trailer);
        long length = 70_000L + sealedLength + PackTrailer.Size;
        ParserFuzz.Run(102, trailer, bytes => PackTrailer.Read(bytes, length, "packs/x"), bytes => MendLast(bytes, PackTrailer.Size));
    }

    [Fact]
    public void Trailers_of_packs_that_are_larger_than_memory()
    {
        byte[] trailer = new byte[PackTrailer.Size];
        const int Blocks = 100_000_000;
        long sealedLength = PackDirectory.SealedLength(Blocks / 16, Blocks);
        new PackTrailer(ObjectHeader.Size, (int)sealedLength, Blocks / 16, Blocks).Write(trailer);
        Assert.True(sealedLength > int.MaxValue);
        Assert.Throws<InvalidFormatException>(() => PackTrailer.Read(trailer, ObjectHeader.Size + sealedLength + PackTrailer.Size, "packs/x"));
    }

    [Fact]
    public void Directories_of_packs()
    {
        var text = new ArrayBufferWriter<byte>();
        text.Write(BitConverterLittle(3));
        foreach (int count in new[] { 16, 1, 7 })
        {
            PackDirectory.AppendFrame(text, 1000 + count, [.. Enumerable.Range(0, count).Select(_ => BlockId.Read(random.NextBytes(32)))]);
        }

        int sealedLength = (int)PackDirectory.SealedLength(3, 24);
        var trailer = new PackTrailer(ObjectHeader.Size + 3024, sealedLength, 3, 24);
        ParserFuzz.Run(103, text.WrittenSpan.ToArray(), bytes =>
        {
            PackDirectory directory = PackDirectory.Decode(bytes, trailer, BlockSize, "packs/x");
            foreach (BlockId id in directory.Blocks)
            {
                Assert.True(directory.TryFind(id, out _, out _));
            }
        });
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames(bool packed)
    {
        byte[] blocks = packed ? [.. Enumerable.Range(0, 4 * BlockSize).Select(i => (byte)(i / 61))] : random.NextBytes(4 * BlockSize);
        byte[] text = new byte[blocks.Length + FrameCodec.HeaderSize];
        var codec = new FrameCodec();
        text = text[..codec.Encode(blocks, BlockSize, text)];
        Assert.Equal(packed, text.Length < blocks.Length);
        byte[] target = new byte[blocks.Length];
        ParserFuzz.Run(104, text, bytes => codec.Decode(bytes, BlockSize, target, "packs/x", 96));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Nodes_of_maps(int level)
    {
        var builder = new MapNodeBuilder(level);
        ObjectId[] objects = [ObjectId.Draw(random), ObjectId.Draw(random), ObjectId.Draw(random)];
        foreach (int child in new[] { 0, 3, 4, 17, 31 })
        {
            if (level == 0)
            {
                builder.Set(child, new BlockLocation(BlockId.Read(random.NextBytes(32)), objects[child % 3]));
            }
            else
            {
                builder.Set(child, new MapNodeReference(objects[child % 3], (uint)child, 96, 500, Digest.Read(random.NextBytes(32))));
            }
        }

        byte[] text = new byte[MapNode.MaximumSize];
        text = text[..builder.Encode(text)];
        ParserFuzz.Run(105, text, bytes =>
        {
            MapNode node = MapNode.Decode(bytes, level, "maps/x", 96);
            for (int child = 0; child < MapNode.FanOut; child++)
            {
                if (node.Has(child))
                {
                    _ = level == 0 ? node.Block(child).ToString() : node.Child(child).ToString();
                }
            }
        });
    }

    [Fact]
    public void Nodes_of_reference_trees()
    {
        WrittenObject?[] entries =
        [
            new WrittenObject(ObjectKind.Pack, BlockSet.Boot, ObjectId.Draw(random), 5000, Digest.Read(random.NextBytes(32))),
            null,
            new WrittenObject(ObjectKind.Reference, BlockSet.None, ObjectId.Draw(random), 5000, Digest.Read(random.NextBytes(32))),
        ];
        byte[] leaf = new byte[ReferenceNode.Length(0, entries.Length)];
        ReferenceNode.Write(entries, leaf);
        ParserFuzz.Run(106, leaf, bytes => ReferenceNode.Decode(bytes, 0, entries.Length, "references/x", 96));
        ReferenceNodePlace[] children = [.. Enumerable.Range(0, 5).Select(_ => ReferenceNodePlace.Read(random.NextBytes(ReferenceNodePlace.Size)))];
        byte[] inner = new byte[ReferenceNode.Length(2, children.Length)];
        ReferenceNode.Write(2, children, inner);
        ParserFuzz.Run(107, inner, bytes => ReferenceNode.Decode(bytes, 2, children.Length, "references/x", 96));
    }

    [Fact]
    public void Trailers_indexes_and_pages_of_runs()
    {
        LocationEntry[] entries =
        [
            .. Enumerable.Range(0, 50)
                .Select(i => new LocationEntry(BlockId.Read(random.NextBytes(32)), (ushort)(i % 3), (uint)(96 + i), 200, (ushort)(i % 16)))
                .OrderBy(entry => entry.Id),
        ];
        byte[] page = new byte[LocationPage.Length(entries.Length)];
        LocationPage.Write(entries, page);
        var place = new LocationIndexEntry(entries[0].Id, ObjectHeader.Size, page.Length + ObjectSealer.Overhead, entries.Length);
        ParserFuzz.Run(108, page, bytes => LocationPage.Read(bytes, place, 3, "locations/x"));

        var second = new LocationIndexEntry(entries[^1].Id, place.Offset + place.Length, LocationPage.Length(7) + ObjectSealer.Overhead, 7);
        LocationIndexEntry[] pages = [place, second];
        byte[] index = new byte[LocationRunIndex.Length(2)];
        LocationRunIndex.Write(pages, index);
        long indexAt = second.Offset + second.Length;
        int indexLength = index.Length + ObjectSealer.Overhead;
        var trailer = new RunTrailer(indexAt, indexLength, indexAt + indexLength, 3, 57, KeyFingerprint.Of([1]));
        ParserFuzz.Run(109, index, bytes => LocationRunIndex.Read(bytes, trailer, "locations/x"));

        byte[] end = new byte[RunTrailer.Size];
        trailer.Write(end);
        long length = indexAt + indexLength + (3 * ObjectId.Size) + RunTrailer.Size;
        ParserFuzz.Run(110, end, bytes => RunTrailer.Read(bytes, length, "locations/x"));
    }

    [Fact]
    public void Headers_of_index_files()
    {
        byte[] header = new byte[IndexFileHeader.Size];
        new IndexFileHeader(random.NextGuid(), BlockSet.Data, 100, 1, 2, 3, 77).Write(header);
        ParserFuzz.Run(111, header, bytes => IndexFileHeader.Read(bytes), bytes => MendLast(bytes, IndexFileHeader.Size), leastRefused: 0);
    }

    [Fact]
    public void Names()
    {
        byte[][] names =
        [
            .. RepositoryNamesTests.Built().Select(row => Encoding.UTF8.GetBytes(row.Data.Item1)),
        ];
        for (int i = 0; i < names.Length; i++)
        {
            // A name that is none is passed over, never an error.
            ParserFuzz.Run((ulong)(120 + i), names[i], bytes =>
            {
                if (BlobName.TryParse(Encoding.Latin1.GetString(bytes), out BlobName name) && RepositoryNames.TryParse(name, out RepositoryName parts))
                {
                    Assert.InRange(parts.Number, 0, RepositoryNames.MaximumNumber);
                }
            }, leastRefused: 0, inputs: ParserFuzz.Inputs / names.Length);
        }
    }

    [Fact]
    public void State_files()
    {
        // In memory where there is such a folder: what is damaged is put right with flushes.
        using var folder = new TemporaryFolder(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
        var state = new MemberState(folder.Path, SilentObserver.Instance);
        Guid repository = random.NextGuid(), instance = random.NextGuid(), workload = random.NextGuid();
        state.WritePin(repository, KeyFingerprint.Of([1]));
        state.NoteSeen(repository, instance, workload, new SeenMark(5, RecordHash.Of([1])));
        state.NotePlace("/vault", repository, instance);
        state.GetOrCreateReceiptKey(instance).Dispose();
        ulong seed = 160;
        foreach (string file in Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories))
        {
            byte[] sound = File.ReadAllBytes(file);
            string kind = Path.GetRelativePath(folder.Path, file).Split(Path.DirectorySeparatorChar)[0];
            ParserFuzz.Run(seed++, sound, bytes =>
            {
                File.WriteAllBytes(file, bytes);
                switch (kind)
                {
                    case "pins":
                        _ = state.ReadPin(repository);
                        break;
                    case "seen":
                        _ = state.ReadSeen(repository, instance, workload);
                        break;
                    case "keys":
                        state.TryReadReceiptKey(instance)?.Dispose();
                        break;
                    default:
                        Assert.Equal("places", kind);
                        state.NotePlace("/vault", repository, instance);
                        break;
                }
            }, leastRefused: 0, inputs: ParserFuzz.Inputs / 4);
            File.WriteAllBytes(file, sound);
        }
    }

    private static byte[] BitConverterLittle(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }

    // CRC-32C of what is before, in the last four bytes of a structure.
    private static void MendLast(byte[] bytes, int size)
    {
        if (bytes.Length >= size)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(size - 4), Crc32C.Compute(bytes.AsSpan(0, size - 4)));
        }
    }
}
