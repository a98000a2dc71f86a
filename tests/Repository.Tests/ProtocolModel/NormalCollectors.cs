namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>What a collector keeps in mind, in the form of <see cref="NormalForm"/>.</summary>
internal static class NormalCollectors
{
    private const byte AnyLease = 0x10, PinLease = 1 << ModelState.ReaderLease;

    public static void Apply(ref ModelState state, ModelSetup setup, int gone)
    {
        for (var k = 0; k < 2; k++)
        {
            ref var me = ref state.Collectors[k];
            switch (me.Pc)
            {
                case CollectorSteps.ListSecond:
                    ListsLeases(ref me, in state, gone);
                    break;
                case CollectorSteps.ListManifests:
                    Marks(ref me, in state, setup, gone);
                    break;
                case CollectorSteps.ReadHighest or CollectorSteps.PutList or CollectorSteps.LookForHigher:
                    me.Mask = (ushort)NormalForm.WithoutGone(me.Mask, gone);
                    break;
                case CollectorSteps.Wait or CollectorSteps.SecondMark:
                    me.Mask &= (ushort)~gone;
                    break;
                case CollectorSteps.ListPins or CollectorSteps.Delete or CollectorSteps.DeleteManifests:
                    Deletes(ref me, in state, gone);
                    break;
                case CollectorSteps.DropLists:
                    me.Generation = 0;
                    break;
                case CollectorSteps.Done:
                    me = new ModelCollector { Pc = CollectorSteps.Done };
                    break;
                default:
                    break;
            }
        }
    }

    // Copies whose owner is done are never spared; of others that is not known yet.
    private static void ListsLeases(ref ModelCollector me, in ModelState state, int gone)
    {
        var sure = 0x11;
        for (var i = 0; i < 3; i++)
        {
            sure |= state.Writers[i].Pc == WriterSteps.Done ? NormalForm.OwnCopies(i) : 0;
        }

        var unsure = me.Mask & ~sure;
        me.Mask = (ushort)(unsure | OneObjectEach(me.Mask & sure, gone & sure));
    }

    // The one decision that is still open is whether there is anything to condemn, object by object.
    private static int OneObjectEach(int mask, int gone)
    {
        const int own = 0x700;
        return NormalForm.WithoutGone(mask & ~own, gone) | (mask & own);
    }

    private static void Marks(ref ModelCollector me, in ModelState state, ModelSetup setup, int gone)
    {
        if (setup.Has(ModelRules.SpareOwned))
        {
            for (var i = 0; i < 3; i++)
            {
                me.Mask &= (ushort)((me.Leases & (1 << i)) != 0 ? ~NormalForm.OwnCopies(i) : -1);
            }
        }

        me.Mask = (ushort)OneObjectEach(me.Mask, gone);
        var first = state.Names[ModelState.First];
        var pins = setup.Has(ModelRules.PinsCount) && first != ModelState.Nothing
            && (state.IsCovered(ModelState.First) || state.RemoverPc != RemoverSteps.Done);
        me.Leases = (byte)(me.Leases == 0 ? 0 : pins && (me.Leases & PinLease) != 0 ? PinLease : AnyLease);
    }

    // A delete of what is gone for good is no step.
    private static void Deletes(ref ModelCollector me, in ModelState state, int gone)
    {
        me.Mask &= (ushort)~gone;
        for (var name = 0; name < ModelState.NameCount; name++)
        {
            var pinned = name == ModelState.First && me.Pc == CollectorSteps.ListPins && state.ReaderPc != ReaderSteps.Done;
            me.Names &= (byte)(!pinned && IsGone(in state, name) ? ~(1 << name) : -1);
        }

        if (me.Pc == CollectorSteps.Delete && me.Mask == 0)
        {
            me.Pc = CollectorSteps.DeleteManifests;
        }

        if (me.Pc == CollectorSteps.DeleteManifests && me.Names == 0)
        {
            me.Pc = me.Generation != 0 ? CollectorSteps.PutSwept : CollectorSteps.DropLists;
            me.Generation = me.Pc == CollectorSteps.DropLists ? (byte)0 : me.Generation;
        }
    }

    // A covered name is never chosen again; but a slow writer may still put what it has chosen, and another collector a void.
    private static bool IsGone(in ModelState state, int name)
    {
        var coming = false;
        for (var i = 0; i < 3; i++)
        {
            var writer = state.Writers[i];
            coming |= state.Leases[i].Takes == name + 1;
            coming |= !NormalForm.IsPastCommit(in writer) && (writer.Takes == name || name == ModelState.Mirrored + i);
        }

        return state.Names[name] == ModelState.Nothing && (name == ModelState.First || !coming);
    }
}
