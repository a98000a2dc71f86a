using System.Text;
using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>
/// Asks a live store for its two promises: one winner for each name, and what was put is seen at once. Two sides, in two processes or on two
/// machines, run it with the same id; they wait for each other through the store alone. What it puts lies in `races/`, which no reader
/// of a repository looks at, and is removed at the end.
/// </summary>
public sealed class StoreRace
{
    private const int LapLength = 10;
    private const int MaximumFaults = 20;
    private const int ContentLength = 33;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private readonly TimeProvider clock;
    private readonly List<string> faults = [];
    private readonly string prefix;
    private readonly RandomSource random;
    private readonly int side;
    private readonly IBlobStore store;
    private int won;

    /// <summary>Initialises one side.</summary>
    /// <param name="store">The store, without a cache before it.</param>
    /// <param name="raceId">The same for both sides, never used before: 1 to 64 lower-case hex digits.</param>
    /// <param name="side">0 or 1.</param>
    /// <param name="random">Fills the objects.</param>
    /// <param name="clock">Measures the waits.</param>
    public StoreRace(IBlobStore store, string raceId, int side, RandomSource random, TimeProvider clock)
    {
        StoreErrors.CheckUpload(raceId, 0);
        ArgumentOutOfRangeException.ThrowIfNegative(side);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(side, 1);
        this.store = store;
        this.side = side;
        this.random = random;
        this.clock = clock;
        prefix = PrefixOf(raceId);
    }

    /// <summary>Runs this side's part. One call an instance.</summary>
    /// <param name="names">Names to race for, rounded up to whole laps of ten.</param>
    /// <param name="cancellationToken">Gives up; the other side then ends with `RaceAbandoned`.</param>
    /// <exception cref="StorageException">`RaceAbandoned`: the other side did not come; and whatever the store throws.</exception>
    public async Task<StoreRaceReport> RunAsync(int names, CancellationToken cancellationToken)
    {
        int laps = (names + LapLength - 1) / LapLength;
        for (int lap = 0; lap < laps; lap++)
        {
            await MeetAsync($"{lap}-start", cancellationToken).ConfigureAwait(false);
            byte[][] put = new byte[LapLength][];
            PutResult[] results = new PutResult[LapLength];
            for (int number = 0; number < LapLength; number++)
            {
                put[number] = [(byte)side, .. random.NextBytes(ContentLength - 1)];
                results[number] = await store.PutIfAbsentAsync(NameOf(lap, number), put[number], cancellationToken).ConfigureAwait(false);
            }

            // Only now: a store that replaces shows a loser its own bytes until the other has replaced them.
            await MeetAsync($"{lap}-end", cancellationToken).ConfigureAwait(false);
            await CheckAsync(lap, put, results, cancellationToken).ConfigureAwait(false);
        }

        // Side 1 says that it has looked at everything and goes; side 0 waits for that and cleans up.
        await MarkAsync("checked", cancellationToken).ConfigureAwait(false);
        if (side == 0)
        {
            await WaitAsync("checked", cancellationToken).ConfigureAwait(false);
            await CleanAsync(store, prefix, cancellationToken).ConfigureAwait(false);
        }

        return new StoreRaceReport(laps * LapLength, won, faults);
    }

    /// <summary>Removes what a race left behind that was given up; no side may run any more.</summary>
    /// <param name="store">The store.</param>
    /// <param name="raceId">The race.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StorageException">Whatever the store throws.</exception>
    public static Task RemoveAsync(IBlobStore store, string raceId, CancellationToken cancellationToken) => CleanAsync(store, PrefixOf(raceId), cancellationToken);

    // One folder, without others in it: a store that removes the folder of what it deleted last leaves nothing.
    private static string PrefixOf(string raceId) => $"races/{raceId}.";

    private static async Task CleanAsync(IBlobStore store, string prefix, CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            await store.DeleteAsync(entry.Name, cancellationToken).ConfigureAwait(false);
        }
    }

    private BlobName NameOf(int lap, int number) => BlobName.Parse(FormattableString.Invariant($"{prefix}name-{lap}-{number}"));

    private BlobName MarkOf(string point, int ofSide) => BlobName.Parse(FormattableString.Invariant($"{prefix}mark-{point}-{ofSide}"));

    private async Task CheckAsync(int lap, byte[][] put, PutResult[] results, CancellationToken cancellationToken)
    {
        HashSet<BlobName> listed = [];
        await foreach (BlobEntry entry in store.ListAsync(FormattableString.Invariant($"{prefix}name-{lap}-"), cancellationToken).ConfigureAwait(false))
        {
            listed.Add(entry.Name);
        }

        for (int number = 0; number < LapLength; number++)
        {
            BlobName name = NameOf(lap, number);
            byte[]? found = await store.TryReadAllAsync(name, ContentLength, cancellationToken).ConfigureAwait(false);
            bool created = results[number] == PutResult.Created;
            won += created ? 1 : 0;
            if (found is null || !listed.Contains(name))
            {
                AddFault($"'{name}' was put and is not {(found is null ? "read" : "listed")}");
            }
            else if (found.AsSpan().SequenceEqual(put[number]) != created)
            {
                AddFault(created ? $"'{name}' was created by both sides" : $"'{name}' was refused as existing and holds the refused bytes");
            }
        }
    }

    /// <summary>Waits until both sides are at a point. What the other put before it must be seen from here on.</summary>
    private async Task MeetAsync(string point, CancellationToken cancellationToken)
    {
        await MarkAsync(point, cancellationToken).ConfigureAwait(false);
        BlobName other = await WaitAsync(point, cancellationToken).ConfigureAwait(false);
        bool listed = false;
        await foreach (BlobEntry entry in store.ListAsync(other.Value, cancellationToken).ConfigureAwait(false))
        {
            listed |= entry.Name == other;
        }

        if (!listed)
        {
            AddFault($"'{other}' can be read and is not listed");
        }
    }

    private Task<PutResult> MarkAsync(string point, CancellationToken cancellationToken) =>
        store.PutIfAbsentAsync(MarkOf(point, side), Encoding.ASCII.GetBytes(point), cancellationToken);

    private async Task<BlobName> WaitAsync(string point, CancellationToken cancellationToken)
    {
        BlobName other = MarkOf(point, 1 - side);
        long start = clock.GetTimestamp();
        while (await store.GetLengthAsync(other, cancellationToken).ConfigureAwait(false) is null)
        {
            if (clock.GetElapsedTime(start) > Patience)
            {
                throw new StorageException(
                    "RaceAbandoned",
                    ErrorKind.Timeout,
                    FormattableString.Invariant($"Failed to race for names in '{store.Location}': the other side did not reach '{point}' within {Patience.TotalSeconds} seconds."),
                    "Start Test-WorkloadRepository on both machines within two minutes.",
                    store.Location);
            }

            await Task.Delay(Pause, clock, cancellationToken).ConfigureAwait(false);
        }

        return other;
    }

    private void AddFault(string fault)
    {
        if (faults.Count < MaximumFaults)
        {
            faults.Add(fault);
        }
    }
}
