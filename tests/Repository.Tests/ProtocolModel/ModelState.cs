using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// The store and every process at one instant. Objects are bits, one a copy: the shared object (0 as made, 1..3 as put again
/// by writer 0..2), a leftover of a dead sync (4, 5..7) and each writer's own object (8..10).
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct ModelState : IEquatable<ModelState>
{
    public ushort Objects;
    public ModelNames Names;
    public ModelNames Tombstones;
    public ModelLeases Leases;
    public ModelLists Lists;
    public ModelWriters Writers;
    public ModelCollectors Collectors;
    public byte RemoverPc;
    public byte RemoverTarget;
    public byte RemoverCount;
    public byte ReaderPc;
    public byte ReaderLost;
    public byte CopyLost;
    private readonly short padding2;
    private readonly byte padding3;

    public const ushort Shared = 0x00F, Leftover = 0x0F0;

    // Names: the workload with two writers, another, and a mirrored one (plain name, and the names two writers take after a void).
    public const int First = 0, Second = 1, Other = 2, Mirrored = 3;
    public const int NameCount = 6, ReaderLease = 3;

    // What lies under a name: nothing, the first snapshot, a writer's manifest (2..4), a void, the mirrored manifest.
    public const byte Nothing = 0, Initial = 1, OfWriter = 2, Voided = 5, MirroredManifest = 6;

    // A tombstone: which manifest it hashes, and whether the single and the merged record stand.
    public const byte Single = 0x10, Merged = 0x20, Hash = 0x0F;

    // A condemned list: the copies it names and its state; 0 is absent.
    public const int MaximumGeneration = 6;

    public const ushort Copies = 0x7FF, Standing = 0x1000, Swept = 0x2000;

    public readonly bool IsCovered(int name) => (Tombstones[name] & (Single | Merged)) != 0;

    public readonly bool IsSnapshot(int name) => Names[name] is not (Nothing or Voided) && !IsCovered(name);

    public readonly int HighestGeneration()
    {
        var highest = 0;
        for (var g = 1; g <= MaximumGeneration; g++)
        {
            highest = Lists[g] != 0 ? g : highest;
        }

        return highest;
    }

    public readonly ushort StandingCopies()
    {
        var mask = 0;
        for (var g = 1; g <= MaximumGeneration; g++)
        {
            mask |= (Lists[g] & Standing) != 0 ? Lists[g] & Copies : 0;
        }

        return (ushort)mask;
    }

    /// <summary>Two collectors that run equally often are the same but for their order.</summary>
    public void SortCollectors(ModelSetup setup)
    {
        if (setup.Collectors == 2 && setup.Rounds[0] == setup.Rounds[1])
        {
            var all = MemoryMarshal.Cast<ModelCollectors, ulong>(new Span<ModelCollectors>(ref Collectors));
            if (all[0] > all[1])
            {
                (all[0], all[1]) = (all[1], all[0]);
            }
        }
    }

    /// <summary>Of what the invariants look at: no normal form touches it.</summary>
    public readonly ulong StoreFingerprint()
    {
        var store = default(ModelState);
        store.Objects = Objects;
        store.Names = Names;
        store.Tombstones = Tombstones;
        return store.Fingerprint();
    }

    /// <summary>Two hashes in one: enough that a false match among a billion states is improbable.</summary>
    public readonly ulong Fingerprint()
    {
        var words = MemoryMarshal.Cast<ModelState, ulong>(MemoryMarshal.CreateReadOnlySpan(in this, 1));
        var hash = 0x9E3779B97F4A7C15UL;
        foreach (var word in words)
        {
            var high = Math.BigMul(hash ^ word, 0xD6E8FEB86659FD93UL, out var low);
            hash = high ^ low ^ ulong.RotateLeft(word, 29);
        }

        hash ^= hash >> 32;
        hash *= 0xD6E8FEB86659FD93UL;
        hash ^= hash >> 29;
        return hash;
    }

    public readonly bool Equals(ModelState other)
        => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in this, 1))
            .SequenceEqual(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in other, 1)));

    public override readonly bool Equals(object? obj) => obj is ModelState other && Equals(other);

    public override readonly int GetHashCode() => (int)Fingerprint();

    public readonly string Describe()
    {
        var text = $"objects {Objects:x}";
        for (var name = 0; name < NameCount; name++)
        {
            text += $" [{Names[name]}/{Tombstones[name]:x}]";
        }

        for (var i = 0; i < 3; i++)
        {
            text += $" w{Writers[i].Pc}:{Writers[i].Flags:x}/{Writers[i].Seen}/{Writers[i].Takes}/{Writers[i].Avoid:x} lease {Leases[i].State}/{Leases[i].Noted}/{Leases[i].Takes}";
        }

        for (var k = 0; k < 2; k++)
        {
            text += $" c{Collectors[k].Pc}:{Collectors[k].Mask:x}/g{Collectors[k].Generation}/l{Collectors[k].Leases:x}/n{Collectors[k].Names:x}/b{Collectors[k].Before} round {Collectors[k].Round:x}";
        }

        return text + $" lists {Lists[1]:x} {Lists[2]:x} {Lists[3]:x} {Lists[4]:x} {Lists[5]:x} {Lists[6]:x} remover {RemoverPc}/{RemoverTarget}/{RemoverCount:x} reader {ReaderPc} pin {Leases[ReaderLease].State}";
    }

    public const int StoreSize = 40;

    internal static int Size => Unsafe.SizeOf<ModelState>();
}
