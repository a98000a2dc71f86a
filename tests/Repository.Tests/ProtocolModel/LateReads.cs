namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// A reduction without loss: a step that only reads is taken as late as possible, either together with the process's own next
/// write, or just before a write of another process that would make it read something else. Every history can be put into this
/// form by exchanging neighbouring steps that do not disturb each other, and shows the same objects, manifests and tombstones.
/// Two steps are independent where both orders lead to one state, or to two of the same <see cref="NormalForm"/>; a write is never
/// put off, so that each state that an invariant looks at is seen. Every step raises <see cref="ModelInvariants.Progress"/>, which is
/// checked for each: no cycle could hide a step for ever. States are kept as 64-bit hashes: that one of n is taken for another has a
/// chance below n²/2^65, 1 in 3,000 for a hundred million.
/// </summary>
internal sealed class LateReads(ModelSetup setup)
{
    private const int Longest = 12;
    private readonly ModelState[][] chains = [.. Enumerable.Range(0, ModelProcess.Count).Select(_ => new ModelState[Longest])];
    private readonly int[] lengths = new int[ModelProcess.Count];
    private readonly ModelMoves one = new();
    private readonly ModelMoves check = new();
    private int changed;

    /// <summary>Adds each state that one write away from <paramref name="state"/> may lead to.</summary>
    public void Expand(in ModelState state, List<(ModelState State, string Text)> found, bool text)
    {
        found.Clear();
        for (var p = 0; p < ModelProcess.Count; p++)
        {
            chains[p][0] = state;
            lengths[p] = ModelProcess.IsDone(in state, p) ? -1 : Chain(p);
        }

        for (var p = 0; p < ModelProcess.Count; p++)
        {
            for (var at = 0; at <= lengths[p]; at++)
            {
                one.Clear();
                ModelProcess.Expand(in chains[p][at], setup, p, one);
                for (var i = 0; i < one.Count; i++)
                {
                    if (!ModelProcess.SameStore(in state, in one[i]))
                    {
                        var how = text ? (at == 0 ? string.Empty : $"(after {at} reads) ") + one.Text(i) : string.Empty;
                        changed = ModelProcess.Changed(in state, in one[i]);
                        Interleave(one[i], p, 0, found, how);
                    }
                }
            }
        }
    }

    // The reads that a process would do one after the other if nobody else moved.
    private int Chain(int p)
    {
        var chain = chains[p];
        for (var length = 0; ; length++)
        {
            check.Clear();
            ModelProcess.Expand(in chain[length], setup, p, check);
            var read = -1;
            for (var i = 0; i < check.Count; i++)
            {
                if (ModelProcess.SameStore(in chain[length], in check[i]))
                {
                    read = read < 0 ? i : throw new InvalidOperationException("A process may read in two ways: the reduction does not hold.");
                }
            }

            if (read < 0 || length == Longest - 1)
            {
                return length;
            }

            chain[length + 1] = check[read];
        }
    }

    // For each other process: no read, or reads up to one that the write would disturb.
    private void Interleave(in ModelState after, int writer, int q, List<(ModelState State, string Text)> found, string text)
    {
        while (q < ModelProcess.Count && (q == writer || lengths[q] <= 0))
        {
            q++;
        }

        if (q == ModelProcess.Count)
        {
            found.Add((after, text));
            return;
        }

        Interleave(in after, writer, q + 1, found, text);
        for (var reads = 1; reads <= lengths[q]; reads++)
        {
            if ((ModelProcess.Reads(in chains[q][reads - 1], q) & changed) != 0 && Disturbed(in after, q, reads))
            {
                var variant = after;
                ModelProcess.CopyMind(in chains[q][reads], ref variant, q);
                Interleave(in variant, writer, q + 1, found, text.Length == 0 ? text : $"{text}, after process {q} did {reads} reads");
            }
        }
    }

    private bool Disturbed(in ModelState after, int q, int reads)
    {
        var late = after;
        ModelProcess.CopyMind(in chains[q][reads - 1], ref late, q);
        check.Clear();
        ModelProcess.Expand(in late, setup, q, check);
        var early = after;
        ModelProcess.CopyMind(in chains[q][reads], ref early, q);
        NormalForm.Apply(ref early, setup);
        for (var i = 0; i < check.Count; i++)
        {
            if (!ModelProcess.SameStore(in late, in check[i]))
            {
                continue;
            }

            late = check[i];
            NormalForm.Apply(ref late, setup);
            if (late.Equals(early))
            {
                return false;
            }
        }

        return true;
    }
}
