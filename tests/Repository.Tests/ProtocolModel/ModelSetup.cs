namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>What a writer does.</summary>
internal enum ModelWriterKind : byte
{
    None,

    /// <summary>Captures the second snapshot of the first workload, relying on what its parent needs.</summary>
    Child,

    /// <summary>Captures the second snapshot of the first workload, relying on an object it finds.</summary>
    Fresh,

    /// <summary>Captures the first snapshot of another workload, relying on an object it finds.</summary>
    Other,

    /// <summary>Brings a snapshot from elsewhere, relying on what it finds.</summary>
    Sync,
}

/// <summary>Which processes run, and which rules hold.</summary>
internal sealed record ModelSetup
{
    public required string Name { get; init; }


    public ModelWriterKind[] Writers { get; init; } = [ModelWriterKind.None, ModelWriterKind.None, ModelWriterKind.None];

    /// <summary>Bit i: writer i also puts an object of its own.</summary>
    public int OwnObjects { get; init; }

    /// <summary>How many snapshots the remover removes; 0 without one.</summary>
    public int Removals { get; init; }

    /// <summary>Which names the remover may remove, as bits.</summary>
    public int Removable { get; init; } = 0b11;

    /// <summary>The remover merges its tombstones afterwards.</summary>
    public bool Merge { get; init; }

    public int Collectors { get; init; }

    /// <summary>How often each collector runs.</summary>
    public int[] Rounds { get; init; } = [1, 1];

    public bool Reader { get; init; }

    /// <summary>A sync also needs an object of which a dead sync left a copy in the store.</summary>
    public bool Leftover { get; init; }

    /// <summary>The answer of a commit may be lost, once a writer.</summary>
    public bool LostAnswers { get; init; }

    /// <summary>A writer beats once before its last look at the lists.</summary>
    public bool TwoBeats { get; init; }

    /// <summary>Reading the highest generation and putting the next one are two steps.</summary>
    public bool SplitGeneration { get; init; } = true;

    /// <summary>Choosing the number and putting the lease are two steps.</summary>
    public bool SplitNumber { get; init; } = true;

    /// <summary>Looking for a tombstone and ending the lease are two steps.</summary>
    public bool SplitEnd { get; init; } = true;

    /// <summary>A collector that finds leases but nothing to condemn makes an empty list, to note the time waited in.</summary>
    public bool EmptyLists { get; init; }

    /// <summary>How many leases may be found to have stood still, whatever their holders do; each stands for a kill or a pause.</summary>
    public int StandStill { get; init; } = 4;

    public ModelRules Rules { get; init; } = ModelRules.All;

    /// <summary>How many states are expected at most, as a power of two.</summary>
    public int CapacityBits { get; init; } = 23;

    public bool Has(ModelRules rule) => (Rules & rule) != ModelRules.None;

    public ModelState Start()
    {
        var state = default(ModelState);
        state.Objects = (ushort)(1 | (Leftover ? 1 << 4 : 0));
        state.Names[ModelState.First] = ModelState.Initial;
        for (var i = 0; i < 3; i++)
        {
            state.Writers[i].Pc = Writers[i] == ModelWriterKind.None ? WriterSteps.Done
                : Has(ModelRules.LeaseBeforeLists) ? WriterSteps.ChooseNumber : WriterSteps.ReadLists;
        }

        state.RemoverPc = Removals == 0 ? RemoverSteps.Done : RemoverSteps.Begin;
        state.ReaderPc = Reader ? ReaderSteps.Begin : ReaderSteps.Done;
        for (var i = 0; i < 2; i++)
        {
            state.Collectors[i].Pc = i < Collectors ? CollectorSteps.ListFirst : CollectorSteps.Done;
        }

        return state;
    }
}
