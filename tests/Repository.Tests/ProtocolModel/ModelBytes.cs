using System.Runtime.CompilerServices;

namespace Portability.Repository.Tests.ProtocolModel;

[InlineArray(6)]
internal struct ModelNames
{
    private byte first;
}

[InlineArray(4)]
internal struct ModelLeases
{
    private ModelLease first;
}

[InlineArray(7)]
internal struct ModelLists
{
    private ushort first;
}

[InlineArray(3)]
internal struct ModelWriters
{
    private ModelWriter first;
}

[InlineArray(2)]
internal struct ModelCollectors
{
    private ModelCollector first;
}

/// <summary>A lease as its newest beat shows it: whether it lives, the generation it noted, and the name it takes + 1, 0 without one.</summary>
internal struct ModelLease
{
    public byte State;
    public byte Noted;
    public byte Takes;

    /// <summary>What a beat and its neighbours show. <c>Removed</c>: its end is gone from the store. <c>BegunAnew</c>: a beat was put after that, and the one before it is gone.</summary>
    public const byte Absent = 0, Living = 1, EndedByHolder = 2, EndedByCollector = 3, Removed = 4, BegunAnew = 5, EndedAgain = 6;

    public readonly bool IsLiving => State is Living or BegunAnew;

    public readonly bool StoodStill => State >= EndedByCollector;
}

/// <summary>A writer's program counter and what it keeps in mind.</summary>
internal struct ModelWriter
{
    public byte Pc;
    public byte Flags;
    public byte Seen;
    public byte Takes;
    public byte Avoid;

    public const byte NeedShared = 1, NeedLeftover = 2, NeedOwn = 4, Retried = 8, Acknowledged = 16, Failed = 32, LookLate = 64, SecondRound = 128;
}

/// <summary>A collector's program counter and what it keeps in mind.</summary>
internal struct ModelCollector
{
    public ushort Mask;
    public byte Pc;
    public byte Generation;
    /// <summary>Rounds that are over, and above them how often this one abandoned a generation.</summary>
    public byte Round;
    public byte Leases;
    public byte Names;
    public byte Before;

    public const byte Abandoned = 0x10, Rounds = 0x0F;
}
