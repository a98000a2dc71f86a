namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>What must hold in every state, and after a last collection.</summary>
internal static class ModelInvariants
{
    /// <summary>Says what is broken, or null.</summary>
    public static string? Check(in ModelState state, ModelSetup setup)
    {
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            if (state.IsSnapshot(name) && !IsWhole(in state, setup, name))
            {
                return $"the manifest under name {name} needs an object that is gone";
            }
        }

        if (state.ReaderLost != 0)
        {
            return "a reader with a living pin found an object gone";
        }

        if (state.CopyLost != 0)
        {
            return "a writer that nobody shut out finds what it relies on gone";
        }

        for (var i = 0; i < 3; i++)
        {
            var writer = state.Writers[i];
            if ((writer.Flags & ModelWriter.Acknowledged) == 0)
            {
                continue;
            }

            var mine = WriterSteps.Content(setup, i);
            var stands = state.Names[writer.Takes] == mine && !state.IsCovered(writer.Takes);
            if (!stands && !((state.Tombstones[writer.Takes] & ModelState.Hash) == mine || state.RemoverCount >> 4 == mine))
            {
                return $"writer {i} reported a commit that nobody can see and nobody removed";
            }
        }

        return null;
    }

    private static bool IsWhole(in ModelState state, ModelSetup setup, int name)
    {
        var content = state.Names[name];
        if ((state.Objects & ModelState.Shared) == 0)
        {
            return false;
        }

        if (content == ModelState.MirroredManifest)
        {
            return !setup.Leftover || (state.Objects & ModelState.Leftover) != 0;
        }

        var own = content - ModelState.OfWriter;
        return own < 0 || (setup.OwnObjects & (1 << own)) == 0 || (state.Objects & (1 << (8 + own))) != 0;
    }

    /// <summary>Takes every process for dead (the setup must let every lease stand still), lets one collector run twice, and says what is left that should not be.</summary>
    public static string? CheckLastCollection(ModelState state, ModelSetup setup, ModelMoves moves)
    {
        for (var i = 0; i < 3; i++)
        {
            state.Writers[i].Pc = WriterSteps.Done;
        }

        state.RemoverPc = RemoverSteps.Done;
        state.ReaderPc = ReaderSteps.Done;
        state.Collectors[1] = new ModelCollector { Pc = CollectorSteps.Done };
        for (var run = 0; run < 2; run++)
        {
            // The model holds few generations: of those that no process needs the numbers are closed up.
            Renumber(ref state);
            state.Collectors[0] = default;
            for (var steps = 0; state.Collectors[0].Pc != CollectorSteps.Done && state.Collectors[0].Round == 0; steps++)
            {
                moves.Clear();
                CollectorSteps.Expand(in state, setup, 0, moves);
                if (moves.Count == 0 || steps > 100)
                {
                    return "the last collection does not end";
                }

                state = moves[0];
                if (Check(in state, setup) is { } broken)
                {
                    return "in the last collection " + broken;
                }
            }
        }

        if ((state.Objects & ~CollectorSteps.Needed(in state)) != 0)
        {
            return $"the last collection leaves {state.Objects & ~CollectorSteps.Needed(in state):x}";
        }

        for (var name = 0; name < ModelState.NameCount; name++)
        {
            if (state.Names[name] is not (ModelState.Nothing or ModelState.Voided) && state.IsCovered(name))
            {
                return "the last collection leaves a manifest that a tombstone covers";
            }
        }

        for (var g = 1; g < state.HighestGeneration(); g++)
        {
            if (state.Lists[g] != 0 && (state.Lists[g] & state.Objects & ModelState.Copies) == 0)
            {
                return "the last collection leaves a list of what is gone";
            }
        }

        return null;
    }

    private static void Renumber(ref ModelState state)
    {
        for (var i = 0; i < 4; i++)
        {
            state.Leases[i].Noted = 0;
        }

        var to = 1;
        for (var g = 1; g <= ModelState.MaximumGeneration; g++)
        {
            var list = state.Lists[g];
            state.Lists[g] = 0;
            if ((list & ModelState.Standing) != 0)
            {
                state.Lists[to++] = list;
            }
        }
    }

    /// <summary>A number that grows with each step: so there is no cycle, and every history ends.</summary>
    public static int Progress(in ModelState state)
    {
        var sum = 0;
        for (var i = 0; i < 3; i++)
        {
            var writer = state.Writers[i];
            var rounds = writer.Pc > WriterSteps.Commit ? 2 : ((writer.Flags & ModelWriter.SecondRound) != 0 ? 1 : 0) + (writer.Takes > ModelState.Mirrored ? 1 : 0);
            sum += (writer.Pc == WriterSteps.Done ? 1000 : 0) + (100 * rounds) + ((writer.Flags & ModelWriter.Retried) != 0 ? 1 : 0) + (8 * writer.Pc);
            sum -= int.PopCount(writer.Flags & (ModelWriter.NeedShared | ModelWriter.NeedLeftover | ModelWriter.NeedOwn));
            sum += writer.Pc != WriterSteps.Done && state.Leases[i].StoodStill ? state.Leases[i].State : 0;
        }

        for (var k = 0; k < 2; k++)
        {
            var me = state.Collectors[k];
            sum += me.Pc == CollectorSteps.Done ? 20_000 : (5000 * (me.Round & ModelCollector.Rounds)) + (32 * me.Pc);
            sum += me.Pc is CollectorSteps.ReadHighest or CollectorSteps.PutList or CollectorSteps.LookForHigher ? 200 * me.Before : me.Pc > CollectorSteps.LookForHigher ? 2000 : 0;
            sum += me.Pc >= CollectorSteps.Delete ? 11 - int.PopCount(me.Mask) + 8 - int.PopCount(me.Names) : 0;
        }

        sum += state.Leases[ModelState.ReaderLease].State == ModelLease.EndedByCollector ? 1 : 0;
        return sum + (100 * (state.RemoverCount & 0x0F)) + (state.RemoverPc == RemoverSteps.Begin ? 90 : 8 * state.RemoverPc) + (state.RemoverPc == RemoverSteps.Done ? 1000 : 0) + (8 * state.ReaderPc);
    }
}
