namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>A writer (capture, or sync at its destination), FORMAT 13, one store operation a step.</summary>
internal static class WriterSteps
{
    public const byte ChooseNumber = 0, PutLease = 1, ReadLists = 2, LookAtParent = 3, LookAtCopies = 4, Store = 5, Recheck = 6,
        LookAgain = 7, StoreAgain = 8, Note = 9, CheckBeat = 10, Commit = 11, LookForTombstone = 12, LookForMerged = 13, End = 14, Done = 15;

    private const byte NoName = 0xFF;

    public static void Expand(in ModelState state, ModelSetup setup, int i, ModelMoves moves)
    {
        var next = state;
        ref var me = ref next.Writers[i];
        switch (me.Pc)
        {
            case ChooseNumber:
                ChooseName(ref next, setup, i);
                if (me.Pc == Done)
                {
                    moves.Add(next, i, "finds nothing to do");
                    return;
                }

                if (setup.SplitNumber)
                {
                    me.Pc = PutLease;
                    moves.Add(next, i, "chooses its number");
                    return;
                }

                BeginLease(ref next, setup, i);
                moves.Add(next, i, "chooses its number and puts its lease");
                return;
            case PutLease:
                if (!setup.Has(ModelRules.LeaseBeforeLists))
                {
                    ChooseName(ref next, setup, i);
                    if (me.Pc == Done)
                    {
                        moves.Add(next, i, "finds nothing to do");
                        return;
                    }
                }

                BeginLease(ref next, setup, i);
                moves.Add(next, i, "puts its lease");
                return;
            case ReadLists:
                me.Avoid = setup.Has(ModelRules.AvoidCondemned) ? (byte)(next.StandingCopies() & 0xFF) : (byte)0;
                me.Pc = setup.Writers[i] == ModelWriterKind.Child ? LookAtParent : LookAtCopies;
                moves.Add(next, i, "reads the condemned lists");
                return;
            case LookAtParent:
                if (!setup.Has(ModelRules.ParentStands) || next.IsSnapshot(ModelState.First))
                {
                    if ((me.Avoid & ModelState.Shared) != 0)
                    {
                        me.Pc = LookAtCopies;
                    }
                    else
                    {
                        Settled(ref me, setup, i);
                    }
                }
                else
                {
                    me.Flags |= ModelWriter.NeedShared;
                    Settled(ref me, setup, i);
                }

                moves.Add(next, i, "looks at its parent");
                return;
            case LookAtCopies:
                MissingCopies(ref next, setup, i, all: true);
                Settled(ref me, setup, i);
                moves.Add(next, i, "looks which copies are there");
                return;
            case Store:
                PutMissing(ref next, setup, i, Recheck);
                moves.Add(next, i, "stores an object");
                return;
            case Recheck:
                ReadAgain(ref next, setup, i);
                moves.Add(next, i, "reads the condemned lists again");
                return;
            case LookAgain:
                me.Flags &= unchecked((byte)~ModelWriter.LookLate);
                MissingCopies(ref next, setup, i, all: false);
                me.Pc = (me.Flags & (ModelWriter.NeedShared | ModelWriter.NeedLeftover)) != 0 ? StoreAgain
                    : setup.Has(ModelRules.NoteAfterRestore) ? NoteOrCommit(in next, i) : Commit;
                me.Pc = me.Pc == Commit ? AfterBeat(ref me, setup) : me.Pc;
                moves.Add(next, i, "looks for copies that no list names");
                return;
            case StoreAgain:
                if (setup.Writers[i] == ModelWriterKind.Child && (me.Flags & ModelWriter.NeedShared) != 0 && (next.Objects & ModelState.Shared) == 0)
                {
                    // A capture does not read what did not change: it copies what it finds in the store.
                    next.CopyLost |= next.Leases[i].IsLiving ? (byte)1 : (byte)0;
                    Fail(ref next, i);
                    moves.Add(next, i, "finds nothing to copy");
                    return;
                }

                PutMissing(ref next, setup, i, setup.Has(ModelRules.NoteAfterRestore) ? NoteOrCommit(in next, i) : Commit);
                me.Pc = me.Pc == Commit ? AfterBeat(ref me, setup) : me.Pc;
                moves.Add(next, i, "stores an object anew");
                return;
            case Note:
                NoteGeneration(ref next, setup, i);
                moves.Add(next, i, "notes the generation");
                return;
            case CheckBeat:
                if (setup.Has(ModelRules.BeatStands) && state.Leases[i].State != ModelLease.Living)
                {
                    Fail(ref next, i);
                    moves.Add(next, i, "does not find the beat before its last");
                    return;
                }

                me.Pc = (me.Flags & ModelWriter.LookLate) != 0 ? LookAgain : AfterBeat(ref me, setup);
                moves.Add(next, i, "finds the beat before its last");
                return;
            case Commit:
                PutManifest(in state, setup, i, moves);
                return;
            case LookForTombstone:
                LookAtTombstones(ref next, setup, i, setup.Has(ModelRules.SingleBeforeMerged) ? ModelState.Single : ModelState.Merged);
                moves.Add(next, i, "looks for a tombstone");
                return;
            case LookForMerged:
                LookAtTombstones(ref next, setup, i, setup.Has(ModelRules.SingleBeforeMerged) ? ModelState.Merged : ModelState.Single);
                moves.Add(next, i, "looks for a merged tombstone");
                return;
            case End:
                Finish(ref next, i);
                moves.Add(next, i, "ends its lease");
                return;
            default:
                return;
        }
    }

    public static byte Content(ModelSetup setup, int i)
        => setup.Writers[i] == ModelWriterKind.Sync ? ModelState.MirroredManifest : (byte)(ModelState.OfWriter + i);

    /// <summary>Next number = highest of manifests, voids and tombstones + 1; the model holds two numbers of the first workload and one of each other.</summary>
    private static void ChooseName(ref ModelState state, ModelSetup setup, int i)
    {
        ref var me = ref state.Writers[i];
        me.Takes = setup.Writers[i] switch
        {
            ModelWriterKind.Child or ModelWriterKind.Fresh => Free(in state, ModelState.Second),
            ModelWriterKind.Other => Free(in state, ModelState.Other),
            _ when state.IsCovered(ModelState.Mirrored) => NoName,
            _ => state.Names[ModelState.Mirrored] is ModelState.Nothing or ModelState.Voided ? (byte)ModelState.Mirrored : NoName,
        };
        if (me.Takes == NoName)
        {
            me = default;
            me.Pc = Done;
        }
    }

    private static byte Free(in ModelState state, int name)
        => state.Names[name] == ModelState.Nothing && !state.IsCovered(name) ? (byte)name : NoName;

    private static void BeginLease(ref ModelState state, ModelSetup setup, int i)
    {
        ref var me = ref state.Writers[i];
        state.Leases[i].State = ModelLease.Living;
        state.Leases[i].Takes = setup.Writers[i] == ModelWriterKind.Sync ? (byte)0 : (byte)(me.Takes + 1);
        if (setup.Has(ModelRules.LeaseBeforeLists))
        {
            me.Pc = ReadLists;
        }
        else
        {
            me.Pc = FirstStore(me, setup, i);
        }
    }

    private static void Settled(ref ModelWriter me, ModelSetup setup, int i)
    {
        me.Avoid = 0;
        me.Flags |= (setup.OwnObjects & (1 << i)) != 0 ? ModelWriter.NeedOwn : (byte)0;
        me.Pc = setup.Has(ModelRules.LeaseBeforeLists) ? FirstStore(me, setup, i) : PutLease;
    }

    private static byte FirstStore(ModelWriter me, ModelSetup setup, int i)
        => (me.Flags & (ModelWriter.NeedShared | ModelWriter.NeedLeftover | ModelWriter.NeedOwn)) != 0 ? Store : Recheck;

    private static void MissingCopies(ref ModelState state, ModelSetup setup, int i, bool all)
    {
        ref var me = ref state.Writers[i];
        var good = state.Objects & ~me.Avoid;
        if ((good & ModelState.Shared) == 0 && (all || (me.Avoid & ModelState.Shared) != 0))
        {
            me.Flags |= ModelWriter.NeedShared;
        }

        if (setup.Leftover && setup.Writers[i] == ModelWriterKind.Sync && (good & ModelState.Leftover) == 0 && (all || (me.Avoid & ModelState.Leftover) != 0))
        {
            me.Flags |= ModelWriter.NeedLeftover;
        }

        me.Avoid = 0;
    }

    private static void PutMissing(ref ModelState state, ModelSetup setup, int i, byte then)
    {
        ref var me = ref state.Writers[i];
        if ((me.Flags & ModelWriter.NeedShared) != 0)
        {
            state.Objects |= (ushort)Copy(in state, setup, 0, i);
            me.Flags &= unchecked((byte)~ModelWriter.NeedShared);
        }
        else if ((me.Flags & ModelWriter.NeedLeftover) != 0)
        {
            state.Objects |= (ushort)Copy(in state, setup, 4, i);
            me.Flags &= unchecked((byte)~ModelWriter.NeedLeftover);
        }
        else if ((me.Flags & ModelWriter.NeedOwn) != 0)
        {
            state.Objects |= (ushort)(1 << (8 + i));
            me.Flags &= unchecked((byte)~ModelWriter.NeedOwn);
        }

        me.Pc = (me.Flags & (ModelWriter.NeedShared | ModelWriter.NeedLeftover | ModelWriter.NeedOwn)) != 0 ? me.Pc : then;
    }

    private static int Copy(in ModelState state, ModelSetup setup, int shift, int i)
    {
        if (setup.Has(ModelRules.FreshCopies))
        {
            return 1 << (shift + 1 + i);
        }

        var copy = 0;
        while ((state.Objects & (1 << (shift + copy))) != 0 && copy < 3)
        {
            copy++;
        }

        return 1 << (shift + copy);
    }

    private static void ReadAgain(ref ModelState state, ModelSetup setup, int i)
    {
        ref var me = ref state.Writers[i];
        me.Seen = (byte)state.HighestGeneration();
        var own = (1 << (1 + i)) | (1 << (5 + i));
        var relied = ((state.Objects & own & ModelState.Shared) == 0 ? ModelState.Shared : 0)
            | (setup.Leftover && setup.Writers[i] == ModelWriterKind.Sync && (state.Objects & own & ModelState.Leftover) == 0 ? ModelState.Leftover : 0);
        var concerned = setup.Has(ModelRules.Recheck) && (state.StandingCopies() & relied) != 0;
        me.Avoid = concerned ? (byte)(state.StandingCopies() & 0xFF) : (byte)0;
        if (!setup.Has(ModelRules.NoteAfterRestore))
        {
            me.Flags |= concerned ? ModelWriter.LookLate : (byte)0;
            me.Pc = Note;
            return;
        }

        me.Pc = concerned ? LookAgain : NoteOrCommit(in state, i);
        me.Pc = me.Pc == Commit ? AfterBeat(ref me, setup) : me.Pc;
    }

    // A beat that notes nothing new and takes no other name changes nothing that another process looks at.
    private static byte NoteOrCommit(in ModelState state, int i)
        => state.Writers[i].Seen > state.Leases[i].Noted || state.Leases[i].Takes != state.Writers[i].Takes + 1 ? Note : Commit;

    private static byte AfterBeat(ref ModelWriter me, ModelSetup setup)
    {
        me.Seen = 0;
        if (setup.TwoBeats && (me.Flags & ModelWriter.SecondRound) == 0)
        {
            me.Flags |= ModelWriter.SecondRound;
            return Recheck;
        }

        return Commit;
    }

    private static void NoteGeneration(ref ModelState state, ModelSetup setup, int i)
    {
        ref var me = ref state.Writers[i];
        ref var lease = ref state.Leases[i];
        if (lease.State is not (ModelLease.Living or ModelLease.Removed))
        {
            Fail(ref state, i);
            return;
        }

        lease = new ModelLease
        {
            State = lease.State == ModelLease.Living ? ModelLease.Living : ModelLease.BegunAnew,
            Noted = me.Seen,
            Takes = (byte)(me.Takes + 1),
        };
        me.Pc = CheckBeat;
    }

    private static void PutManifest(in ModelState state, ModelSetup setup, int i, ModelMoves moves)
    {
        var next = state;
        ref var me = ref next.Writers[i];
        var there = next.Names[me.Takes];
        if (there == ModelState.Voided && setup.Writers[i] == ModelWriterKind.Sync && me.Takes == ModelState.Mirrored)
        {
            me.Takes = (byte)(ModelState.Mirrored + i);
            me.Flags |= ModelWriter.SecondRound;
            me.Pc = Recheck;
            moves.Add(next, i, "finds a void under its name, and takes another");
            return;
        }

        if (there != ModelState.Nothing && there != Content(setup, i))
        {
            Fail(ref next, i);
            moves.Add(next, i, there == ModelState.Voided ? "finds a void under its name" : "finds its number taken");
            return;
        }

        next.Names[me.Takes] = Content(setup, i);
        if (setup.LostAnswers && there == ModelState.Nothing && (me.Flags & ModelWriter.Retried) == 0)
        {
            var lost = next;
            lost.Writers[i].Flags |= ModelWriter.Retried;
            moves.Add(lost, i, "puts its manifest, and the answer is lost");
        }

        if (setup.Has(ModelRules.TombstoneLook))
        {
            me.Pc = LookForTombstone;
        }
        else
        {
            Succeed(ref next, setup, i);
        }

        moves.Add(next, i, "puts its manifest");
    }

    private static void LookAtTombstones(ref ModelState state, ModelSetup setup, int i, byte kinds)
    {
        ref var me = ref state.Writers[i];
        var look = setup.Merge ? kinds : (byte)(ModelState.Single | ModelState.Merged);
        if ((state.Tombstones[me.Takes] & look) != 0)
        {
            me.Flags |= ModelWriter.Failed;
            EndOrFinish(ref state, setup, i);
        }
        else if (setup.Merge && me.Pc == LookForTombstone)
        {
            me.Pc = LookForMerged;
        }
        else
        {
            Succeed(ref state, setup, i);
        }
    }

    private static void Succeed(ref ModelState state, ModelSetup setup, int i)
    {
        state.Writers[i].Flags |= ModelWriter.Acknowledged;
        EndOrFinish(ref state, setup, i);
    }

    private static void EndOrFinish(ref ModelState state, ModelSetup setup, int i)
    {
        if (setup.SplitEnd)
        {
            state.Writers[i].Pc = End;
        }
        else
        {
            Finish(ref state, i);
        }
    }

    private static void Fail(ref ModelState state, int i)
    {
        state.Writers[i].Flags |= ModelWriter.Failed;
        Finish(ref state, i);
    }

    private static void Finish(ref ModelState state, int i)
    {
        ref var me = ref state.Writers[i];
        ref var lease = ref state.Leases[i];
        if (lease.IsLiving)
        {
            lease = new ModelLease { State = lease.State == ModelLease.Living ? ModelLease.EndedByHolder : ModelLease.EndedAgain };
        }

        var acknowledged = (me.Flags & ModelWriter.Acknowledged) != 0;
        me = new ModelWriter { Pc = Done, Takes = me.Takes, Flags = acknowledged ? ModelWriter.Acknowledged : ModelWriter.Failed };
    }
}
