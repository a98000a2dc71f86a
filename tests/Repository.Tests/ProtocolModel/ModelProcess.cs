using System.Runtime.InteropServices;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The processes by number: 0..2 writers, 3 the reader, 4 the remover, 5 and 6 collectors.</summary>
internal static class ModelProcess
{
    public const int Count = 7, Reader = 3, Remover = 4, Collector = 5;

    /// <summary>What of the store a step reads or a write changed.</summary>
    public const int Objects = 1, Manifests = 2, Leases = 4, Lists = 8, Everything = 15;

    public static void Expand(in ModelState state, ModelSetup setup, int process, ModelMoves moves)
    {
        switch (process)
        {
            case < Reader:
                WriterSteps.Expand(in state, setup, process, moves);
                return;
            case Reader:
                ReaderSteps.Expand(in state, setup, moves);
                return;
            case Remover:
                RemoverSteps.Expand(in state, setup, moves);
                return;
            default:
                CollectorSteps.Expand(in state, setup, process - Collector, moves);
                return;
        }
    }

    public static bool IsDone(in ModelState state, int process) => process switch
    {
        < Reader => state.Writers[process].Pc == WriterSteps.Done,
        Reader => state.ReaderPc == ReaderSteps.Done,
        Remover => state.RemoverPc == RemoverSteps.Done,
        _ => state.Collectors[process - Collector].Pc == CollectorSteps.Done,
    };

    /// <summary>What of the store the next step of a process may look at; rather too much than too little.</summary>
    public static int Reads(in ModelState state, int process) => process switch
    {
        < Reader => state.Writers[process].Pc switch
        {
            WriterSteps.ReadLists => Lists,
            WriterSteps.LookAtParent or WriterSteps.LookForTombstone or WriterSteps.LookForMerged => Manifests,
            WriterSteps.LookAtCopies => Objects,
            WriterSteps.Recheck => Lists | Objects | Leases,
            WriterSteps.LookAgain => Objects | Leases,
            WriterSteps.CheckBeat => Leases,
            _ => Everything,
        },
        Reader => state.ReaderPc == ReaderSteps.Look ? Manifests : state.ReaderPc == ReaderSteps.Read ? Objects | Leases : Everything,
        Remover => state.RemoverPc == RemoverSteps.LookAtPins ? Leases : Everything,
        _ => state.Collectors[process - Collector].Pc switch
        {
            CollectorSteps.ListFirst or CollectorSteps.ListSecond => Objects | Leases,
            CollectorSteps.ListManifests => Manifests,
            CollectorSteps.ReadHighest or CollectorSteps.LookForHigher => Lists,
            CollectorSteps.Wait => Leases,
            _ => Everything,
        },
    };

    public static bool SameStore(in ModelState a, in ModelState b) => Store(in a).SequenceEqual(Store(in b));

    /// <summary>Which parts of the store differ.</summary>
    public static int Changed(in ModelState a, in ModelState b)
    {
        var changed = a.Objects != b.Objects ? Objects : 0;
        changed |= Same(in a.Names, in b.Names) && Same(in a.Tombstones, in b.Tombstones) ? 0 : Manifests;
        changed |= Same(in a.Leases, in b.Leases) ? 0 : Leases;
        return changed | (Same(in a.Lists, in b.Lists) ? 0 : Lists);
    }

    public static bool SameMind(in ModelState a, in ModelState b, int process) => process switch
    {
        < Reader => Same(in a.Writers[process], in b.Writers[process]),
        Reader => a.ReaderPc == b.ReaderPc && a.ReaderLost == b.ReaderLost,
        Remover => a.RemoverPc == b.RemoverPc && a.RemoverTarget == b.RemoverTarget && a.RemoverCount == b.RemoverCount,
        _ => Same(in a.Collectors[process - Collector], in b.Collectors[process - Collector]),
    };

    public static void CopyMind(in ModelState from, ref ModelState to, int process)
    {
        switch (process)
        {
            case < Reader:
                to.Writers[process] = from.Writers[process];
                return;
            case Reader:
                to.ReaderPc = from.ReaderPc;
                to.ReaderLost = from.ReaderLost;
                return;
            case Remover:
                to.RemoverPc = from.RemoverPc;
                to.RemoverTarget = from.RemoverTarget;
                to.RemoverCount = from.RemoverCount;
                return;
            default:
                to.Collectors[process - Collector] = from.Collectors[process - Collector];
                return;
        }
    }

    private static ReadOnlySpan<byte> Store(in ModelState state)
        => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in state, 1))[..ModelState.StoreSize];

    private static bool Same<T>(in T a, in T b)
        where T : unmanaged
        => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in a)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in b)));
}
