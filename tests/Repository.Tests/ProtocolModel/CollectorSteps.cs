using System.Numerics;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// A collector, FORMAT 13 (1) to (6), one store operation a step. That a lease stood still may be found at any moment, which
/// covers every kill and every pause of any number of processes.
/// </summary>
internal static class CollectorSteps
{
    public const byte ListFirst = 0, ListSecond = 1, ListManifests = 2, ReadHighest = 3, PutList = 4, LookForHigher = 5, Wait = 6,
        SecondMark = 7, ListPins = 8, Delete = 9, DeleteManifests = 10, PutSwept = 11, DropLists = 12, Done = 13;

    private const byte PinSeen = 0x08;

    /// <summary>Others may be faster time and again: then a collector says so and ends.</summary>
    private const int Tries = 2;

    public static void Expand(in ModelState state, ModelSetup setup, int k, ModelMoves moves)
    {
        var next = state;
        ref var me = ref next.Collectors[k];
        var process = 5 + k;
        switch (me.Pc)
        {
            case ListFirst:
                if (setup.Has(ModelRules.ObjectsBeforeLeases))
                {
                    me.Mask = next.Objects;
                }
                else
                {
                    me.Leases = LivingLeases(in next);
                }

                me.Pc = ListSecond;
                moves.Add(next, process, setup.Has(ModelRules.ObjectsBeforeLeases) ? "lists the objects" : "lists the leases");
                return;
            case ListSecond:
                if (setup.Has(ModelRules.ObjectsBeforeLeases))
                {
                    me.Leases = LivingLeases(in next);
                }
                else
                {
                    me.Mask = next.Objects;
                }

                me.Pc = ListManifests;
                moves.Add(next, process, setup.Has(ModelRules.ObjectsBeforeLeases) ? "lists the leases" : "lists the objects");
                return;
            case ListManifests:
                FirstMark(ref next, setup, k);
                moves.Add(next, process, "lists the manifests and marks");
                return;
            case ReadHighest:
                me.Before = (byte)next.HighestGeneration();
                me.Pc = PutList;
                moves.Add(next, process, "finds generation {0} the highest", me.Before);
                return;
            case PutList:
                Condemn(ref next, setup, k);
                moves.Add(next, process, me.Generation == 0 ? "finds the generation taken" : "condemns {0:x} as {1}", me.Mask, me.Generation);
                return;
            case LookForHigher:
                var counts = next.HighestGeneration() == me.Generation;
                if (counts || !setup.Has(ModelRules.NoHigher))
                {
                    me.Before = 0;
                    me.Pc = AfterList(setup);
                }
                else
                {
                    next.Lists[me.Generation] = 0;
                    me.Generation = 0;
                    me.Round += ModelCollector.Abandoned;
                    TryAgain(ref me);
                    if (me.Round >= Tries * ModelCollector.Abandoned)
                    {
                        me = new ModelCollector { Pc = Done, Round = me.Round };
                    }
                }

                moves.Add(next, process, counts ? "sees that its generation counts" : "abandons its generation");
                return;
            case Wait:
                WaitForLeases(in state, setup, k, moves);
                return;
            case SecondMark:
                if (setup.Has(ModelRules.PinsAfterManifests))
                {
                    MarkAgain(ref next, k);
                    me.Pc = ListPins;
                }
                else
                {
                    me.Leases = PinLives(in next) ? PinSeen : (byte)0;
                    me.Pc = ListPins;
                }

                moves.Add(next, process, setup.Has(ModelRules.PinsAfterManifests) ? "lists the manifests again" : "lists the pins");
                return;
            case ListPins:
                if (setup.Has(ModelRules.PinsAfterManifests))
                {
                    RespectPins(ref me, setup, PinLives(in next));
                }
                else
                {
                    var pinned = (me.Leases & PinSeen) != 0;
                    MarkAgain(ref next, k);
                    RespectPins(ref me, setup, pinned);
                }

                me.Leases = 0;
                me.Pc = Delete;
                SkipWhatIsGone(ref next, k);
                moves.Add(next, process, setup.Has(ModelRules.PinsAfterManifests) ? "lists the pins" : "lists the manifests again");
                return;
            case Delete:
                var bit = me.Mask & -me.Mask;
                next.Objects &= (ushort)~bit;
                me.Mask &= (ushort)~bit;
                SkipWhatIsGone(ref next, k);
                moves.Add(next, process, "deletes {0:x}", bit);
                return;
            case DeleteManifests:
                var name = BitOperations.TrailingZeroCount(me.Names);
                next.Names[name] = ModelState.Nothing;
                me.Names &= (byte)(me.Names - 1);
                SkipWhatIsGone(ref next, k);
                moves.Add(next, process, "deletes the covered manifest {0}", name);
                return;
            case PutSwept:
                next.Lists[me.Generation] = ModelState.Swept;
                me.Pc = DropLists;
                moves.Add(next, process, "says that its list is swept");
                return;
            case DropLists:
                Drop(ref next, setup, k);
                moves.Add(next, process, "drops lists and removes leases that have ended");
                return;
            default:
                return;
        }
    }

    private static byte LivingLeases(in ModelState state)
    {
        var leases = 0;
        for (var i = 0; i < 4; i++)
        {
            leases |= state.Leases[i].IsLiving ? 1 << i : 0;
        }

        return (byte)leases;
    }

    private static bool PinLives(in ModelState state) => state.Leases[ModelState.ReaderLease].State == ModelLease.Living;

    public static ushort NeededBy(byte content) => content switch
    {
        ModelState.Nothing or ModelState.Voided => 0,
        ModelState.Initial => ModelState.Shared,
        ModelState.MirroredManifest => ModelState.Shared | ModelState.Leftover,
        _ => (ushort)(ModelState.Shared | (1 << (8 + content - ModelState.OfWriter))),
    };

    public static ushort Needed(in ModelState state)
    {
        var needed = 0;
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            needed |= state.IsSnapshot(name) ? NeededBy(state.Names[name]) : 0;
        }

        return (ushort)needed;
    }

    private static byte CoveredManifests(in ModelState state)
    {
        var names = 0;
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            names |= state.Names[name] is not (ModelState.Nothing or ModelState.Voided) && state.IsCovered(name) ? 1 << name : 0;
        }

        return (byte)names;
    }

    private static void FirstMark(ref ModelState state, ModelSetup setup, int k)
    {
        ref var me = ref state.Collectors[k];
        var mask = me.Mask & ~Needed(in state);
        var covered = CoveredManifests(in state);
        if ((me.Leases & (1 << ModelState.ReaderLease)) != 0 && (covered & 1) != 0 && setup.Has(ModelRules.PinsCount))
        {
            mask &= ~ModelState.Shared;
        }

        for (var i = 0; i < 3 && setup.Has(ModelRules.SpareOwned); i++)
        {
            mask &= (me.Leases & (1 << i)) != 0 ? ~((1 << (1 + i)) | (1 << (5 + i)) | (1 << (8 + i))) : -1;
        }

        // With nothing to condemn there is still something to do: leases that stood still are ended, covered manifests deleted.
        me.Pc = mask != 0 || (setup.EmptyLists && me.Leases != 0) ? setup.SplitGeneration ? ReadHighest : PutList
            : me.Leases != 0 ? Wait
            : covered != 0 ? SecondMark
            : DropLists;
        me.Leases = 0;
        me.Mask = (ushort)mask;
    }

    private static void Condemn(ref ModelState state, ModelSetup setup, int k)
    {
        ref var me = ref state.Collectors[k];
        var generation = (setup.SplitGeneration ? me.Before : state.HighestGeneration()) + 1;
        if (generation > ModelState.MaximumGeneration)
        {
            throw new InvalidOperationException("The setup makes more generations than the model holds.");
        }

        if (state.Lists[generation] != 0)
        {
            TryAgain(ref me);
            return;
        }

        state.Lists[generation] = (ushort)(me.Mask | ModelState.Standing);
        me.Generation = (byte)generation;
        me.Pc = setup.SplitGeneration ? LookForHigher : AfterList(setup);
    }

    private static void TryAgain(ref ModelCollector me)
    {
        me.Before++;
        me.Pc = ReadHighest;
    }

    private static byte AfterList(ModelSetup setup)
        => setup.Has(ModelRules.WaitForLeases) ? Wait : setup.Has(ModelRules.SecondMark) ? SecondMark : Delete;

    private static void WaitForLeases(in ModelState state, ModelSetup setup, int k, ModelMoves moves)
    {
        var next = state;
        var all = true;
        for (var i = 0; i < 3; i++)
        {
            ref readonly var lease = ref state.Leases[i];
            var generation = state.Collectors[k].Generation;
            if (!lease.IsLiving || (generation > 0 && lease.Noted >= generation))
            {
                continue;
            }

            all &= generation == 0;
            if (lease.State == ModelLease.Living && StoodStill(in state) >= setup.StandStill)
            {
                continue;
            }

            next = state;
            if (setup.Has(ModelRules.Void) && lease.Takes > 0 && state.Names[lease.Takes - 1] == ModelState.Nothing)
            {
                next.Names[lease.Takes - 1] = ModelState.Voided;
            }

            next.Leases[i] = new ModelLease { State = lease.State == ModelLease.Living ? ModelLease.EndedByCollector : ModelLease.EndedAgain };
            moves.Add(next, 5 + k, "shuts out writer {0}, which stood still", i);
        }

        if (PinLives(in state) && StoodStill(in state) < setup.StandStill)
        {
            next = state;
            next.Leases[ModelState.ReaderLease].State = ModelLease.EndedByCollector;
            moves.Add(next, 5 + k, "ends a pin that stood still");
        }

        if (all)
        {
            next = state;
            next.Collectors[k].Pc = setup.Has(ModelRules.SecondMark) ? SecondMark : Delete;
            if (next.Collectors[k].Pc == Delete)
            {
                SkipWhatIsGone(ref next, k);
            }

            moves.Add(next, 5 + k, "sees every lease noted or ended");
        }
    }

    private static int StoodStill(in ModelState state)
    {
        var count = 0;
        for (var i = 0; i < 4; i++)
        {
            count += state.Leases[i].StoodStill ? 1 : 0;
        }

        return count;
    }

    private static void MarkAgain(ref ModelState state, int k)
    {
        ref var me = ref state.Collectors[k];
        me.Mask &= (ushort)~Needed(in state);
        me.Names = CoveredManifests(in state);
    }

    private static void RespectPins(ref ModelCollector me, ModelSetup setup, bool pinned)
    {
        if (pinned && (me.Names & 1) != 0 && setup.Has(ModelRules.PinsCount))
        {
            me.Mask &= unchecked((ushort)~ModelState.Shared);
            me.Names &= 0xFE;
        }
    }

    // A delete of what is gone already changes nothing: it is no step.
    private static void SkipWhatIsGone(ref ModelState state, int k)
    {
        ref var me = ref state.Collectors[k];
        if (me.Pc == Delete)
        {
            me.Mask &= state.Objects;
            me.Pc = me.Mask == 0 ? DeleteManifests : Delete;
        }

        if (me.Pc == DeleteManifests)
        {
            for (var name = 0; name < ModelState.NameCount; name++)
            {
                me.Names &= (byte)(state.Names[name] == ModelState.Nothing ? ~(1 << name) : -1);
            }

            me.Pc = me.Names != 0 ? DeleteManifests : me.Generation != 0 ? PutSwept : DropLists;
        }
    }

    private static void Drop(ref ModelState state, ModelSetup setup, int k)
    {
        ref var me = ref state.Collectors[k];
        var highest = state.HighestGeneration();
        for (var g = 1; g <= ModelState.MaximumGeneration; g++)
        {
            if (g == highest && setup.Has(ModelRules.HighestStays))
            {
                continue;
            }

            var list = state.Lists[g];
            var gone = (list & ModelState.Copies & state.Objects) == 0 || !setup.Has(ModelRules.ForeignListsStand);
            if ((list & ModelState.Swept) != 0 || ((list & ModelState.Standing) != 0 && gone))
            {
                state.Lists[g] = 0;
            }
        }

        for (var i = 0; i < 3; i++)
        {
            ref var lease = ref state.Leases[i];
            lease.State = lease.State == ModelLease.EndedByCollector ? ModelLease.Removed : lease.State;
        }

        var round = (byte)((me.Round & ModelCollector.Rounds) + 1);
        me = new ModelCollector { Round = round, Pc = round < setup.Rounds[k] ? ListFirst : Done };
    }
}
