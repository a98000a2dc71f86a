using Xunit;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// The protocol of FORMAT 3 and 13 in every interleaving. A process that is killed or paused is one that takes no further step for as
/// long as one likes, so each history holds all kills and pauses; that others find its lease standing still is a step of theirs.
/// All seven processes are walked with one lease that may stand still (a kill or a pause), in the long form (`PORTABILITY_LONG=1`) with two (a kill and a pause).
/// </summary>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    private static readonly ModelSetup[] Small =
    [
        ModelSetups.One, ModelSetups.OneDedup, ModelSetups.OneTwice, ModelSetups.SameWorkload, ModelSetups.TwoCollectors,
        ModelSetups.TwoRemovals, ModelSetups.OneSync, ModelSetups.Pins, ModelSetups.Merging, ModelSetups.Generations,
        ModelSetups.EveryoneOnceStill,
    ];

    private static readonly ModelSetup[] Large = [ModelSetups.TwoSyncs, ModelSetups.Everyone, ModelSetups.EveryoneOnOne];

    private static bool IsLong => string.Equals(Environment.GetEnvironmentVariable("PORTABILITY_LONG"), "1", StringComparison.Ordinal);

    public static TheoryData<string> Setups => new(Small.Concat(IsLong ? Large : []).Select(setup => setup.Name));

    [Theory]
    [MemberData(nameof(Setups))]
    public void EveryInterleaving_LosesNothingAndEnds(string name)
    {
        var setup = Array.Find([.. Small, .. Large], setup => string.Equals(setup.Name, name, StringComparison.Ordinal))!;
        var result = ModelExplorer.Explore(setup, Environment.ProcessorCount);
        output.WriteLine($"{name}: {result}");
        if (result.Broken is not null)
        {
            output.WriteLine(ModelExplorer.Find(setup, 1_000_000, leftovers: true).ToString());
        }

        Assert.Null(result.Broken);
        Assert.True(result.Ends > 0);
    }
}
