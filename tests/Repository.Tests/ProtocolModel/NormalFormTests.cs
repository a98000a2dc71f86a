using System.Collections.Concurrent;
using Xunit;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>Proves <see cref="NormalForm"/> and <see cref="LateReads"/> on setups that can be walked without them.</summary>
public sealed class NormalFormTests(ITestOutputHelper output)
{
    private static readonly ModelSetup[] Small = [ModelSetups.One, ModelSetups.OneDedup, ModelSetups.OneTwice, ModelSetups.OneSync];

    private static readonly ModelSetup[] Larger = [ModelSetups.SameWorkload, ModelSetups.Merging, ModelSetups.Pins, ModelSetups.TwoRemovals, ModelSetups.TwoCollectors];

    private static bool IsLong => string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_LONG"), "1", StringComparison.Ordinal);

    public static TheoryData<string> Setups => new((IsLong ? Small.Concat(Larger) : Small).Select(setup => setup.Name));

    /// <summary>Every state that the steps alone reach is compared with its normal form: what is checked of both, and where both lead.</summary>
    [Theory]
    [MemberData(nameof(Setups))]
    public void EveryState_LeadsWhereItsNormalFormLeads(string name)
    {
        var comparison = new NormalFormComparison(Find(name));
        comparison.Run();
        output.WriteLine($"{name}: {comparison.States:n0} states, {comparison.Forms:n0} normal forms");
        Assert.Null(comparison.Difference);
        Assert.True(comparison.Forms < comparison.States);
    }

    /// <summary>So it is with one rule left out: what is found then is no work of the reduction.</summary>
    [Fact]
    public void WithoutARule_EveryStateLeadsWhereItsNormalFormLeads()
    {
        foreach (var rule in Enum.GetValues<ModelRules>().Where(rule => rule is not (ModelRules.None or ModelRules.All)))
        {
            var comparison = new NormalFormComparison((rule == ModelRules.HighestStays ? ModelSetups.OneTwice : ModelSetups.One) with { Rules = ModelRules.All & ~rule });
            comparison.Run();
            Assert.True(comparison.Difference is null, $"without {rule}: {comparison.Difference}");
        }
    }

    /// <summary>What is left out are interleavings: no end is, and no state of objects, manifests and tombstones, which is what the invariants look at.</summary>
    [Theory]
    [MemberData(nameof(Setups))]
    public void Reduced_ReachesEveryEndAndEveryStateOfTheStore(string name)
    {
        var setup = Find(name) with { CapacityBits = 25 };
        ConcurrentDictionary<ulong, byte> stores = new(), fewerStores = new(), ends = new(), fewerEnds = new();
        var whole = ModelExplorer.Explore(setup, Environment.ProcessorCount, reduced: false, stores, ends);
        var reduced = ModelExplorer.Explore(setup, Environment.ProcessorCount, reduced: true, fewerStores, fewerEnds);
        output.WriteLine($"{name}: {whole.States:n0} states, reduced {reduced.States:n0}; of the store {stores.Count:n0} and {fewerStores.Count:n0}; ends {ends.Count:n0} and {fewerEnds.Count:n0}");
        Assert.Null(whole.Broken);
        Assert.Null(reduced.Broken);
        Assert.True(ends.Keys.ToHashSet().SetEquals(fewerEnds.Keys));
        Assert.True(stores.Keys.ToHashSet().SetEquals(fewerStores.Keys));
    }

    private static ModelSetup Find(string name)
        => Array.Find([.. Small, .. Larger], setup => string.Equals(setup.Name, name, StringComparison.Ordinal))!;
}
