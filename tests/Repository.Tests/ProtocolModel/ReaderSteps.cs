namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>A reader of the first snapshot: pin, look, read, end.</summary>
internal static class ReaderSteps
{
    public const byte Begin = 0, Look = 1, Read = 2, End = 3, PinLate = 4, Done = 5;

    public static void Expand(in ModelState state, ModelSetup setup, ModelMoves moves)
    {
        var next = state;
        ref var lease = ref next.Leases[ModelState.ReaderLease];
        switch (state.ReaderPc)
        {
            case Begin when setup.Has(ModelRules.PinBeforeLook):
                lease.State = ModelLease.Living;
                next.ReaderPc = Look;
                moves.Add(next, 3, "puts its pin");
                return;
            case Begin or Look:
                if (!state.IsSnapshot(ModelState.First))
                {
                    Finish(ref next);
                }
                else
                {
                    next.ReaderPc = setup.Has(ModelRules.PinBeforeLook) ? Read : PinLate;
                }

                moves.Add(next, 3, "looks at the manifest");
                return;
            case PinLate:
                lease.State = ModelLease.Living;
                next.ReaderPc = Read;
                moves.Add(next, 3, "puts its pin");
                return;
            case Read:
                // A reader whose pin a collector ended is told so by its next beat; what it reads is checked all the same.
                if ((state.Objects & ModelState.Shared) == 0 && lease.State == ModelLease.Living)
                {
                    next.ReaderLost = 1;
                }

                next.ReaderPc = End;
                moves.Add(next, 3, "reads");
                return;
            case End:
                Finish(ref next);
                moves.Add(next, 3, "ends its pin");
                return;
            default:
                return;
        }
    }

    private static void Finish(ref ModelState state)
    {
        ref var lease = ref state.Leases[ModelState.ReaderLease];
        lease.State = lease.State == ModelLease.Living ? ModelLease.EndedByHolder : lease.State;
        state.ReaderPc = Done;
    }
}
