using System.Buffers.Binary;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>What the local index says of a pack. Nobody relies on it before it was looked up where it is signed.</summary>
/// <param name="Pack">The pack.</param>
/// <param name="Workload">Workload whose reference tree is said to name it; empty where none is known.</param>
/// <param name="Entry">Index of the entry of that tree.</param>
public readonly record struct PackHint(ObjectId Pack, Guid Workload, long Entry)
{
    internal const int Size = EntryAt + 8;

    private const int PackAt = 0, WorkloadAt = PackAt + ObjectId.Size, EntryAt = WorkloadAt + 16;

    internal static PackHint Read(ReadOnlySpan<byte> source) => new(
        ObjectId.Read(source[PackAt..]),
        new Guid(source.Slice(WorkloadAt, 16), bigEndian: true),
        BinaryPrimitives.ReadInt64LittleEndian(source[EntryAt..]));

    internal void Write(Span<byte> target)
    {
        Pack.Write(target[PackAt..]);
        Workload.TryWriteBytes(target.Slice(WorkloadAt, 16), bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(target[EntryAt..], Entry);
    }
}
