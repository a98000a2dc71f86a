namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>Numbers of generations, in the form of <see cref="NormalForm"/>: only their order counts, and what lies between them.</summary>
internal static class NormalGenerations
{
    public static void Apply(ref ModelState state, ModelSetup setup)
    {
        // Without these two a number may come again, and then old ones count.
        if (!setup.Has(ModelRules.HighestStays) || !setup.Has(ModelRules.NoHigher))
        {
            return;
        }

        var highest = state.HighestGeneration();
        var asked = 0;
        var choosing = false;
        var next = 0;
        for (var k = 0; k < 2; k++)
        {
            var me = state.Collectors[k];
            asked |= me.Pc is CollectorSteps.LookForHigher or CollectorSteps.Wait ? 1 << me.Generation : 0;
            choosing |= me.Pc is CollectorSteps.ReadHighest or CollectorSteps.PutList or CollectorSteps.LookForHigher;
            next |= me.Pc == CollectorSteps.PutList ? 1 << (me.Before + 1) : 0;
        }

        for (var g = 1; g < highest; g++)
        {
            // Below a higher one, that a list was swept says nothing to anybody, but to who is about to take its number.
            state.Lists[g] = (state.Lists[g] & ModelState.Swept) != 0 && (next & (1 << g)) == 0 ? (ushort)0 : state.Lists[g];
        }

        for (var i = 0; i < 3; i++)
        {
            Noted(ref state, i, asked, highest);
        }

        if (!choosing)
        {
            CloseUp(ref state);
        }
    }

    // A noted generation is compared with those that are waited for, and with the highest.
    private static void Noted(ref ModelState state, int i, int asked, int highest)
    {
        ref var me = ref state.Writers[i];
        ref var lease = ref state.Leases[i];
        var notes = me.Pc < WriterSteps.Commit || (me.Pc == WriterSteps.Commit && me.Takes >= ModelState.Mirrored);
        var points = asked | 1 | (notes ? 1 << highest : 0);
        var noted = Clip(lease.Noted, points);
        if (me.Seen <= lease.Noted || me.Pc == WriterSteps.Note)
        {
            me.Seen = (byte)Clip(me.Seen, points);
        }

        lease.Noted = (byte)noted;
    }

    private static int Clip(int value, int points)
    {
        while ((points & (1 << value)) == 0)
        {
            value--;
        }

        return value;
    }

    private static void CloseUp(ref ModelState state)
    {
        var used = 0;
        for (var g = 1; g <= ModelState.MaximumGeneration; g++)
        {
            used |= state.Lists[g] != 0 ? 1 << g : 0;
        }

        for (var k = 0; k < 2; k++)
        {
            used |= 1 << state.Collectors[k].Generation;
        }

        for (var i = 0; i < 3; i++)
        {
            used |= (1 << state.Leases[i].Noted) | (1 << state.Writers[i].Seen);
        }

        used &= ~1;
        var by = used == 0 ? 0 : int.TrailingZeroCount(used) - 1;
        if (by == 0)
        {
            return;
        }

        for (var g = 1; g <= ModelState.MaximumGeneration; g++)
        {
            state.Lists[g] = g + by <= ModelState.MaximumGeneration ? state.Lists[g + by] : (ushort)0;
        }

        for (var k = 0; k < 2; k++)
        {
            state.Collectors[k].Generation = Lower(state.Collectors[k].Generation, by);
        }

        for (var i = 0; i < 3; i++)
        {
            state.Leases[i].Noted = Lower(state.Leases[i].Noted, by);
            state.Writers[i].Seen = Lower(state.Writers[i].Seen, by);
        }
    }

    private static byte Lower(byte number, int by) => (byte)Math.Max(0, number - by);
}
