using System.Collections.Concurrent;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>Walks every interleaving of a setup.</summary>
internal sealed class ModelExplorer
{
    private readonly ModelSetup setup;
    private readonly ModelSetup alone;
    private readonly bool reduced;
    private readonly ConcurrentDictionary<ulong, byte>? stores;
    private readonly ConcurrentDictionary<ulong, byte>? endings;
    private readonly VisitedStates visited;
    private readonly ConcurrentStack<ModelState[]> shared = new();
    private int idle;
    private long steps;
    private long ends;
    private volatile string? broken;

    private ModelExplorer(ModelSetup setup, bool reduced, ConcurrentDictionary<ulong, byte>? stores, ConcurrentDictionary<ulong, byte>? endings)
    {
        this.setup = setup;
        alone = setup with { StandStill = 4 };
        this.reduced = reduced;
        this.stores = stores;
        this.endings = endings;
        visited = new VisitedStates(setup.CapacityBits);
    }

    /// <summary>Depth first, on <paramref name="threads"/> threads; every state is seen once. What breaks is traced afterwards by <see cref="Find"/>.</summary>
    /// <param name="setup">Who runs, and by which rules.</param>
    /// <param name="threads">How many threads walk.</param>
    /// <param name="reduced">Reads are taken late (<see cref="LateReads"/>), and states that nothing tells apart are one (<see cref="NormalForm"/>).</param>
    /// <param name="stores">Collects the states of objects, manifests and tombstones alone.</param>
    /// <param name="endings">Collects the states in which every history ends, in their normal form.</param>
    public static ModelResult Explore(
        ModelSetup setup,
        int threads,
        bool reduced = true,
        ConcurrentDictionary<ulong, byte>? stores = null,
        ConcurrentDictionary<ulong, byte>? endings = null)
    {
        var explorer = new ModelExplorer(setup, reduced, stores, endings);
        var start = reduced ? Normal(setup.Start(), setup) : setup.Start();
        explorer.visited.Add(start.Fingerprint());
        stores?.TryAdd(start.StoreFingerprint(), 0);
        explorer.shared.Push([start]);
        if (ModelState.Size != 80)
        {
            throw new InvalidOperationException($"A state takes {ModelState.Size} bytes.");
        }

        var workers = Enumerable.Range(0, threads).Select(_ => new Thread(() => explorer.Run(threads))).ToArray();
        Array.ForEach(workers, worker => worker.Start());
        Array.ForEach(workers, worker => worker.Join());
        return new ModelResult(explorer.visited.Count, explorer.steps, explorer.ends, explorer.broken, []);
    }

    /// <summary>Breadth first with the way to each state, so that the shortest history that breaks something is shown.</summary>
    public static ModelResult Find(ModelSetup setup, int most, bool leftovers)
    {
        var states = new List<(ModelState State, int From, string How)> { (setup.Start(), -1, "start") };
        var seen = new HashSet<ModelState> { states[0].State };
        var late = new LateReads(setup);
        var next = new List<(ModelState State, string Text)>();
        var last = new ModelMoves();
        var everyLease = setup with { StandStill = 4 };
        for (var at = 0; at < states.Count && at < most; at++)
        {
            var state = states[at].State;
            var lost = ModelInvariants.Check(in state, setup) ?? (leftovers ? ModelInvariants.CheckLastCollection(state, everyLease, last) : null);
            if (lost is { } found)
            {
                var trace = new List<string>();
                for (var way = at; way > 0; way = states[way].From)
                {
                    trace.Add(states[way].How);
                }

                trace.Reverse();
                return new ModelResult(states.Count, 0, 0, found, trace);
            }

            late.Expand(in state, next, text: true);
            foreach (var (reached, how) in next)
            {
                if (leftovers && ModelInvariants.Progress(in reached) <= ModelInvariants.Progress(in state))
                {
                    return new ModelResult(states.Count, 0, 0, "a step leads back", [how, state.Describe()]);
                }

                if (seen.Add(reached))
                {
                    states.Add((reached, at, how));
                }
            }
        }

        return new ModelResult(states.Count, 0, 0, null, []);
    }

    private static void ExpandAll(in ModelState state, ModelSetup setup, ModelMoves moves)
    {
        moves.Clear();
        for (var i = 0; i < 3; i++)
        {
            WriterSteps.Expand(in state, setup, i, moves);
        }

        ReaderSteps.Expand(in state, setup, moves);
        RemoverSteps.Expand(in state, setup, moves);
        for (var k = 0; k < 2; k++)
        {
            CollectorSteps.Expand(in state, setup, k, moves);
        }
    }

    private void Run(int threads)
    {
        var stack = new Stack<ModelState>();
        var late = new LateReads(setup);
        var found = new List<(ModelState State, string Text)>();
        var moves = new ModelMoves();
        var last = new ModelMoves();
        var seen = 0;
        try
        {
            while (broken is null && Take(stack, threads))
            {
                while (broken is null && stack.TryPop(out var state))
                {
                    if (reduced)
                    {
                        late.Expand(in state, found, text: false);
                        Visit(in state, stack, found, last, ref seen);
                    }
                    else
                    {
                        Visit(in state, stack, moves, found, last, ref seen);
                    }

                    if (Volatile.Read(ref idle) > 0 && stack.Count > 32 && shared.IsEmpty)
                    {
                        shared.Push(Donate(stack));
                    }
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IndexOutOfRangeException)
        {
            broken = e.Message;
        }
    }

    private void Visit(in ModelState state, Stack<ModelState> stack, ModelMoves moves, List<(ModelState State, string Text)> found, ModelMoves last, ref int seen)
    {
        ExpandAll(in state, setup, moves);
        found.Clear();
        for (var i = 0; i < moves.Count; i++)
        {
            found.Add((moves[i], string.Empty));
        }

        Visit(in state, stack, found, last, ref seen);
    }

    private void Visit(in ModelState state, Stack<ModelState> stack, List<(ModelState State, string Text)> found, ModelMoves last, ref int seen)
    {
        if (found.Count == 0)
        {
            Interlocked.Increment(ref ends);
            endings?.TryAdd(Finished(state, last).Fingerprint(), 0);
            broken ??= ModelInvariants.CheckLastCollection(state, alone, last);
        }
        else if ((seen++ & 15) == 0)
        {
            broken ??= ModelInvariants.CheckLastCollection(state, alone, last);
        }

        var progress = ModelInvariants.Progress(in state);
        for (var i = 0; i < found.Count; i++)
        {
            var next = found[i].State;
            if (reduced)
            {
                NormalForm.Apply(ref next, setup);
            }
            else
            {
                if (reduced)
            {
                NormalForm.Apply(ref next, setup);
            }
            else
            {
                next.SortCollectors(setup);
            }

            }

            if (setup.Rules == ModelRules.All && ModelInvariants.Progress(in next) <= progress)
            {
                broken ??= "a step leads back";
            }

            if (visited.Add(next.Fingerprint()))
            {
                stores?.TryAdd(next.StoreFingerprint(), 0);
                broken ??= ModelInvariants.Check(in next, setup);
                stack.Push(next);
            }
        }

        Interlocked.Add(ref steps, found.Count);
    }

    private static ModelState Normal(ModelState state, ModelSetup setup)
    {
        NormalForm.Apply(ref state, setup);
        return state;
    }

    // What is left to read where nobody writes any more: it may be read in any order.
    private ModelState Finished(ModelState state, ModelMoves moves)
    {
        for (var p = 0; p < ModelProcess.Count; p++)
        {
            for (moves.Clear(), ModelProcess.Expand(in state, setup, p, moves); moves.Count > 0; moves.Clear(), ModelProcess.Expand(in state, setup, p, moves))
            {
                state = ModelProcess.SameStore(in state, in moves[0]) ? moves[0] : throw new InvalidOperationException("A history ends before a write.");
            }
        }

        return Normal(state, setup);
    }

    private bool Take(Stack<ModelState> stack, int threads)
    {
        Interlocked.Increment(ref idle);
        while (broken is null)
        {
            if (shared.TryPop(out var given))
            {
                Interlocked.Decrement(ref idle);
                Array.ForEach(given, stack.Push);
                return true;
            }

            if (Volatile.Read(ref idle) == threads && shared.IsEmpty)
            {
                return false;
            }

            Thread.Sleep(0);
        }

        return false;
    }

    // Those at the bottom of the stack have the most below them: half of all is turned over.
    private static ModelState[] Donate(Stack<ModelState> stack)
    {
        var all = stack.ToArray();
        stack.Clear();
        for (var i = (all.Length / 2) - 1; i >= 0; i--)
        {
            stack.Push(all[i]);
        }

        return all[(all.Length / 2)..];
    }
}
