using Xunit;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The model finds a lost history as soon as any one rule is left out: so it can find faults, and no rule is there for nothing.</summary>
public sealed class ProtocolMutationTests(ITestOutputHelper output)
{
    private static readonly (ModelRules Rule, ModelSetup Setup)[] Mutations =
    [
        (ModelRules.TombstoneLook, ModelSetups.SameWorkload),
        (ModelRules.SecondMark, ModelSetups.One),
        (ModelRules.LeaseBeforeLists, ModelSetups.One),
        (ModelRules.NoteAfterRestore, ModelSetups.One),
        (ModelRules.Recheck, ModelSetups.One),
        (ModelRules.Void, ModelSetups.One),
        (ModelRules.WaitForLeases, ModelSetups.One),
        (ModelRules.SpareOwned, ModelSetups.One),
        (ModelRules.ObjectsBeforeLeases, ModelSetups.One),
        (ModelRules.AvoidCondemned, ModelSetups.OneDedup),
        (ModelRules.ParentStands, ModelSetups.One),
        (ModelRules.HighestStays, ModelSetups.OneTwice),
        (ModelRules.NoHigher, ModelSetups.Generations),
        (ModelRules.FreshCopies, ModelSetups.TwoCollectors),
        (ModelRules.ForeignListsStand, ModelSetups.TwoRemovals),
        (ModelRules.PinsAfterTombstone, ModelSetups.Pins),
        (ModelRules.PinBeforeLook, ModelSetups.Pins),
        (ModelRules.PinsAfterManifests, ModelSetups.Pins),
        (ModelRules.PinsCount, ModelSetups.Pins),
        (ModelRules.TombstoneFirst, ModelSetups.SameWorkload),
        (ModelRules.SingleBeforeMerged, ModelSetups.Merging),
        (ModelRules.MergedBeforeSinglesGo, ModelSetups.Merging),
        (ModelRules.BeatStands, ModelSetups.OneSync),
    ];

    public static TheoryData<string> Rules => new(Mutations.Select(mutation => mutation.Rule.ToString()));

    [Theory]
    [MemberData(nameof(Rules))]
    public void WithoutTheRule_AHistoryIsLost(string rule)
    {
        var (without, setup) = Array.Find(Mutations, mutation => string.Equals(mutation.Rule.ToString(), rule, StringComparison.Ordinal));
        var mutated = setup with { Rules = ModelRules.All & ~without };
        var result = ModelExplorer.Explore(mutated, Environment.ProcessorCount);
        output.WriteLine($"without {rule}, {setup.Name}: {result}");
        var shortest = ModelExplorer.Find(mutated, 200_000, leftovers: false);
        if (shortest.Broken is not null)
        {
            output.WriteLine($"the shortest: {shortest}");
        }

        Assert.NotNull(result.Broken);
    }

    [Fact]
    public void EveryRule_IsLeftOutOnce()
        => Assert.Equal(ModelRules.All, Mutations.Aggregate(ModelRules.None, (all, mutation) => all | mutation.Rule));
}
