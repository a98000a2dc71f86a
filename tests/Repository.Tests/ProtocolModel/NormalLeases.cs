namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>Leases in the form of <see cref="NormalForm"/>: of one whose holder is done nothing counts but that it stood still, and of that only how often.</summary>
internal static class NormalLeases
{
    public static void Apply(ref ModelState state, ModelSetup setup)
    {
        var left = setup.StandStill;
        var done = 0;
        var stoodStill = 0;
        var open = 0;
        for (var i = 0; i < 4; i++)
        {
            ref var lease = ref state.Leases[i];
            var isDone = i == ModelState.ReaderLease ? state.ReaderPc == ReaderSteps.Done : state.Writers[i].Pc == WriterSteps.Done;
            left -= lease.StoodStill ? 1 : 0;
            open += isDone || lease.StoodStill ? 0 : 1;
            if (isDone)
            {
                done |= 1 << i;
                stoodStill += lease.StoodStill ? 1 : 0;
                lease = default;
            }
            else if (i != ModelState.ReaderLease && lease.State is ModelLease.EndedByCollector or ModelLease.Removed && BeginsNoBeat(in state, setup, i))
            {
                lease.State = ModelLease.EndedAgain;
            }
        }

        // Where all that may still stand still are allowed to, it does not matter how many did.
        for (var i = 0; i < 4 && stoodStill > 0 && left < open; i++)
        {
            if ((done & (1 << i)) != 0)
            {
                state.Leases[i].State = i == ModelState.ReaderLease ? ModelLease.EndedByCollector : ModelLease.EndedAgain;
                stoodStill--;
            }
        }
    }

    private static bool BeginsNoBeat(in ModelState state, ModelSetup setup, int i)
        => NormalForm.IsPastCommit(in state.Writers[i])
            || (state.Writers[i].Pc == WriterSteps.Commit && setup.Writers[i] != ModelWriterKind.Sync)
            || (state.Writers[i].Pc == WriterSteps.CheckBeat && setup.Has(ModelRules.BeatStands));
}
