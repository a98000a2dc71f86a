namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The remover: tombstone, pins, delete, and merging of tombstones.</summary>
internal static class RemoverSteps
{
    public const byte Begin = 0, LookAtPins = 1, Delete = 2, PutMerged = 3, DropSingles = 4, TombstoneLate = 5, Done = 6;

    public static void Expand(in ModelState state, ModelSetup setup, ModelMoves moves)
    {
        var next = state;
        switch (state.RemoverPc)
        {
            case Begin:
                Choose(in state, setup, moves);
                return;
            case LookAtPins:
                if (setup.Has(ModelRules.PinsAfterTombstone))
                {
                    Continue(ref next, setup, Pinned(in next, setup) ? After(in next, setup) : Delete);
                }
                else
                {
                    next.Tombstones[next.RemoverTarget] = (byte)(ModelState.Single | next.Names[next.RemoverTarget]);
                    Continue(ref next, setup, Delete);
                }

                moves.Add(next, 4, setup.Has(ModelRules.PinsAfterTombstone) ? "looks for pins" : "puts the tombstone");
                return;
            case Delete:
                next.Names[next.RemoverTarget] = ModelState.Nothing;
                Continue(ref next, setup, After(in next, setup));
                moves.Add(next, 4, "deletes manifest {0}", state.RemoverTarget);
                return;
            case TombstoneLate:
                next.Tombstones[next.RemoverTarget] = (byte)(ModelState.Single | (next.RemoverCount >> 4));
                next.RemoverCount &= 0x0F;
                Continue(ref next, setup, After(in next, setup));
                moves.Add(next, 4, "puts the tombstone");
                return;
            case PutMerged:
                Merge(ref next, setup);
                next.RemoverPc = DropSingles;
                moves.Add(next, 4, setup.Has(ModelRules.MergedBeforeSinglesGo) ? "puts the merged tombstone" : "drops the single tombstones");
                return;
            case DropSingles:
                Unmerge(ref next, setup);
                next.RemoverPc = Done;
                moves.Add(next, 4, setup.Has(ModelRules.MergedBeforeSinglesGo) ? "drops the single tombstones" : "puts the merged tombstone");
                return;
            default:
                return;
        }
    }

    private static void Choose(in ModelState state, ModelSetup setup, ModelMoves moves)
    {
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            if ((setup.Removable & (1 << name)) == 0 || !state.IsSnapshot(name))
            {
                continue;
            }

            var next = state;
            next.RemoverTarget = (byte)name;
            next.RemoverCount++;
            if (!setup.Has(ModelRules.TombstoneFirst))
            {
                next.RemoverPc = TombstoneLate;
                next.RemoverCount |= (byte)(next.Names[name] << 4);
                next.Names[name] = ModelState.Nothing;
                moves.Add(next, 4, "deletes manifest {0}", name);
            }
            else if (setup.Has(ModelRules.PinsAfterTombstone))
            {
                next.Tombstones[name] = (byte)(ModelState.Single | next.Names[name]);
                next.RemoverPc = LookAtPins;
                moves.Add(next, 4, "puts the tombstone of {0}", name);
            }
            else if (!Pinned(in next, setup))
            {
                next.RemoverPc = LookAtPins;
                moves.Add(next, 4, "finds no pin of {0}", name);
            }
        }
    }

    private static bool Pinned(in ModelState state, ModelSetup setup)
        => setup.Has(ModelRules.PinsCount) && state.RemoverTarget == ModelState.First
            && state.Leases[ModelState.ReaderLease].State == ModelLease.Living;

    private static byte After(in ModelState state, ModelSetup setup)
        => state.RemoverCount < setup.Removals ? Begin : setup.Merge ? PutMerged : Done;

    private static void Continue(ref ModelState state, ModelSetup setup, byte pc)
    {
        state.RemoverPc = pc;
        if (pc is not (Delete or LookAtPins or TombstoneLate))
        {
            state.RemoverTarget = 0;
        }
    }

    private static void Merge(ref ModelState state, ModelSetup setup)
    {
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            if ((state.Tombstones[name] & ModelState.Single) != 0)
            {
                state.Tombstones[name] = setup.Has(ModelRules.MergedBeforeSinglesGo)
                    ? (byte)(state.Tombstones[name] | ModelState.Merged)
                    : (byte)(state.Tombstones[name] & ModelState.Hash);
            }
        }
    }

    private static void Unmerge(ref ModelState state, ModelSetup setup)
    {
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            if ((state.Tombstones[name] & ModelState.Hash) != 0)
            {
                state.Tombstones[name] = (byte)(ModelState.Merged | (state.Tombstones[name] & ModelState.Hash));
            }
        }
    }
}
