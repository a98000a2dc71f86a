namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// Gives the same form to states that nothing can ever tell apart: what a process keeps in mind and will not look at again is
/// cleared, what is gone for good is left out, and numbers of which only the order counts are closed up. Each rule is a
/// bisimulation that keeps what is checked of a state: <see cref="NormalFormComparison"/> shows it for every state of the smaller
/// setups, and with each rule of the protocol left out. Objects, manifests and tombstones are never touched.
/// </summary>
internal static class NormalForm
{
    public static void Apply(ref ModelState state, ModelSetup setup)
    {
        for (var i = 0; i < 3; i++)
        {
            Writer(ref state, setup, i);
        }

        Reader(ref state);
        if (state.RemoverPc == RemoverSteps.Done)
        {
            state.RemoverTarget = 0;
            state.RemoverCount = 0;
        }

        var gone = setup.Has(ModelRules.FreshCopies) ? GoneForGood(in state, setup) : 0;
        for (var i = 0; i < 3; i++)
        {
            ref var me = ref state.Writers[i];
            me.Avoid = (byte)(me.Pc == WriterSteps.LookAtCopies ? me.Avoid & ~gone : WithoutGone(me.Avoid, gone));
        }

        for (var g = 1; g <= ModelState.MaximumGeneration; g++)
        {
            state.Lists[g] = (ushort)WithoutGone(state.Lists[g], gone);
        }

        NormalCollectors.Apply(ref state, setup, gone);
        NormalGenerations.Apply(ref state, setup);
        NormalLeases.Apply(ref state, setup);
        state.SortCollectors(setup);
    }

    /// <summary>What is asked of a set of copies is whether it names one of an object, and which of those that are there. So of those gone one stands for all.</summary>
    public static int WithoutGone(int copies, int gone)
    {
        if ((copies & gone) == 0)
        {
            return copies;
        }

        var kept = copies & ~gone;
        return kept | Stand(copies, kept, gone, ModelState.Shared) | Stand(copies, kept, gone, ModelState.Leftover);
    }

    /// <summary>True once a writer puts no object, beat and manifest any more, but the end of its lease.</summary>
    public static bool IsPastCommit(in ModelWriter writer) => writer.Pc >= WriterSteps.LookForTombstone;

    private static int Stand(int copies, int kept, int gone, int group)
        => (copies & group) != 0 && (kept & group) == 0 ? gone & group & -(gone & group) : 0;

    private static int GoneForGood(in ModelState state, ModelSetup setup)
    {
        var final = 0x11;
        for (var i = 0; i < 3; i++)
        {
            final |= PutsNoObject(in state, setup, i) ? OwnCopies(i) : 0;
        }

        return final & ~state.Objects;
    }

    private static bool PutsNoObject(in ModelState state, ModelSetup setup, int i)
        => IsPastCommit(in state.Writers[i]) || (state.Writers[i].Pc == WriterSteps.Commit && setup.Writers[i] != ModelWriterKind.Sync);

    public static int OwnCopies(int i) => (1 << (1 + i)) | (1 << (5 + i)) | (1 << (8 + i));

    private static void Writer(ref ModelState state, ModelSetup setup, int i)
    {
        ref var me = ref state.Writers[i];
        if (!setup.TwoBeats)
        {
            me.Flags &= unchecked((byte)~ModelWriter.SecondRound);
        }

        if (me.Pc is WriterSteps.LookAtParent or WriterSteps.LookAtCopies or WriterSteps.LookAgain)
        {
            me.Avoid &= setup.Leftover && setup.Writers[i] == ModelWriterKind.Sync ? (byte)0xFF : (byte)ModelState.Shared;
        }

        if (me.Pc == WriterSteps.CheckBeat && setup.Has(ModelRules.NoteAfterRestore))
        {
            me.Seen = 0;
        }

        if (IsPastCommit(in me))
        {
            // A tombstone never goes: a commit that it answers for needs no more watching.
            var watched = (me.Flags & ModelWriter.Acknowledged) != 0 && (state.Tombstones[me.Takes] & ModelState.Hash) != WriterSteps.Content(setup, i);
            me = new ModelWriter
            {
                Pc = me.Pc,
                Flags = watched ? ModelWriter.Acknowledged : (byte)0,
                Takes = watched || me.Pc is WriterSteps.LookForTombstone or WriterSteps.LookForMerged ? me.Takes : (byte)0,
            };
        }
    }

    private static void Reader(ref ModelState state)
    {
        // Whatever a reader finds after its pin was ended, it is told of that.
        if (state.Leases[ModelState.ReaderLease].StoodStill)
        {
            state.ReaderPc = ReaderSteps.Done;
        }
    }
}
