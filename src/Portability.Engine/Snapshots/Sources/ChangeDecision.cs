namespace Portability.Engine.Snapshots.Sources;

/// <summary>What a capture may rely on for one disk, and why. Pure: made of two states alone.</summary>
/// <param name="Kind">What is known.</param>
/// <param name="Layers">For <see cref="ChangeKind.Layers"/>, how many images of the chain, newest first, may differ.</param>
/// <param name="Reason">One sentence for people.</param>
internal sealed record ChangeDecision(ChangeKind Kind, int Layers, string Reason)
{
    /// <summary>
    /// Ranges in bytes that may differ although no image of the chain holds them now, in order: what the image captured before
    /// decided then.
    /// </summary>
    public IReadOnlyList<(long Offset, long Length)> Before { get; init; } = [];

    /// <summary>Decides.</summary>
    /// <param name="token">What the snapshot before remembered, or null.</param>
    /// <param name="now">State of the image and its parents, nearest first.</param>
    /// <param name="full">True if the user asked for a scan.</param>
    public static ChangeDecision Make(ChangeToken? token, IReadOnlyList<LayerState> now, bool full)
    {
        if (full)
        {
            return Scan("a full scan was asked for");
        }

        if (token is null)
        {
            return Scan("the snapshot before left no change token");
        }

        if (token.Layers[0].Length != now[0].Length)
        {
            return Scan(FormattableString.Invariant($"the disk had {token.Layers[0].Length} bytes and has {now[0].Length} now"));
        }

        int common = 0;
        while (common < Math.Min(token.Layers.Length, now.Count) && IsSame(token.Layers[^(common + 1)], now[now.Count - 1 - common]))
        {
            common++;
        }

        int older = token.Layers.Length - common;
        int newer = now.Count - common;
        if (newer == 0 && older == 0)
        {
            return new ChangeDecision(ChangeKind.Unchanged, 0, "data write id, header sequence, size and time are those of the snapshot before");
        }

        if (common == 0)
        {
            return Scan(now[^1].IsProof ? "the image was written since the snapshot before" : $"{now[^1].Format} has no id that proves what did not change");
        }

        // Where a new image starts on one that was captured, the link must be the one the child was made with.
        LayerState child = now[newer - 1 < 0 ? 0 : newer - 1];
        if (newer > 0 && child.ParentId is { } parent && parent != Guid.Empty && parent != now[newer].DataWrite && parent != now[newer].DiskId)
        {
            return Scan("the parent is not in the state that its child was made over");
        }

        if (older == 0)
        {
            return new ChangeDecision(ChangeKind.Layers, newer, "the parent is in the state that was captured");
        }

        // The image captured before has grown, or is gone: what it decided then may read otherwise now.
        if (older == 1 && token.Own is { } own)
        {
            var before = new List<(long, long)>(own.Length / 2);
            for (int i = 0; i < own.Length; i += 2)
            {
                before.Add((checked(own[i] * token.OwnUnit), checked(own[i + 1] * token.OwnUnit)));
            }

            return new ChangeDecision(ChangeKind.Layers, newer, "the parent is in the state that was captured, the child was written") { Before = before };
        }

        return Scan("the chain of images is not the one that was captured");
    }

    private static ChangeDecision Scan(string reason) => new(ChangeKind.Unknown, 0, reason);

    private static bool IsSame(LayerState before, LayerState now) =>
        before.IsProof
        && now.IsProof
        && before.DataWrite == now.DataWrite
        && before.HeaderSequence == now.HeaderSequence
        && before.DiskId == now.DiskId
        && before.Length == now.Length
        && before.FileLength == now.FileLength
        && before.Modified == now.Modified
        && string.Equals(before.Format, now.Format, StringComparison.Ordinal);
}
