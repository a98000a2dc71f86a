namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The setups that are walked.</summary>
internal static class ModelSetups
{
    private const ModelWriterKind None = ModelWriterKind.None, Child = ModelWriterKind.Child, Fresh = ModelWriterKind.Fresh,
        Other = ModelWriterKind.Other, Sync = ModelWriterKind.Sync;

    public static ModelSetup One { get; } = new()
    {
        Name = "one writer", Writers = [Child, None, None], Removals = 1, Collectors = 1, OwnObjects = 1, TwoBeats = true,
    };

    public static ModelSetup OneDedup { get; } = One with { Name = "one writer, dedup", Writers = [Fresh, None, None] };

    public static ModelSetup OneSync { get; } = new()
    {
        Name = "one sync", Writers = [None, Sync, None], Removals = 1, Removable = 1, Collectors = 2, Leftover = true, SplitGeneration = false,
    };

    public static ModelSetup OneTwice { get; } = One with
    {
        Name = "one writer, two collectors", Collectors = 2, TwoBeats = false, SplitGeneration = false, EmptyLists = true,
    };

    public static ModelSetup TwoRemovals { get; } = new()
    {
        Name = "two removals", Writers = [Fresh, Other, None], Removals = 2, Collectors = 2,
        SplitGeneration = false, SplitNumber = false, StandStill = 1, CapacityBits = 25,
    };

    public static ModelSetup SameWorkload { get; } = new()
    {
        Name = "same workload", Writers = [Child, Fresh, None], Removals = 2, Collectors = 1, OwnObjects = 1, LostAnswers = true, 
    };

    public static ModelSetup TwoCollectors { get; } = new()
    {
        Name = "two collectors", Writers = [Child, Other, None], Removals = 1, Collectors = 2, OwnObjects = 1, CapacityBits = 25,
        SplitGeneration = false, SplitNumber = false, StandStill = 2,
    };

    public static ModelSetup Pins { get; } = new()
    {
        Name = "pins", Writers = [Child, None, None], Removals = 1, Removable = 1, Collectors = 2, Reader = true,
    };

    public static ModelSetup TwoSyncs { get; } = new()
    {
        Name = "two syncs", Writers = [None, Sync, Sync], Removals = 1, Collectors = 2, Leftover = true, Removable = 0b1001, CapacityBits = 25,
        SplitGeneration = false, SplitNumber = false, StandStill = 2,
    };

    public static ModelSetup Merging { get; } = new()
    {
        Name = "merging", Writers = [Child, Fresh, None], Removals = 2, Merge = true, Collectors = 1, LostAnswers = true, OwnObjects = 2,
    };

    public static ModelSetup Generations { get; } = new()
    {
        Name = "generations", Writers = [Fresh, Other, None], Removals = 2, Collectors = 2, Rounds = [1, 2], EmptyLists = true, SplitNumber = false, StandStill = 0, CapacityBits = 25,
    };

    public static ModelSetup Everyone { get; } = new()
    {
        Name = "everyone", Writers = [Child, Other, Sync], Removals = 1, Removable = 1, Collectors = 2, Reader = true, CapacityBits = 27,
        SplitGeneration = false, SplitNumber = false, StandStill = 2,
    };

    public static ModelSetup EveryoneOnceStill { get; } = Everyone with { Name = "everyone, one stands still", StandStill = 1, CapacityBits = 25 };

    public static ModelSetup EveryoneOnOne { get; } = Everyone with { Name = "everyone, one workload", Writers = [Child, Fresh, Sync] };
}
