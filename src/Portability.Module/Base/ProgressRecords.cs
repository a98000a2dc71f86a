using System.Diagnostics;
using System.Management.Automation;

namespace Portability.Module;

/// <summary>Turns the progress of one operation into progress records, with a rate and the time left.</summary>
internal sealed class ProgressRecords
{
    /// <summary>Operations shorter than this show no bar.</summary>
    private static readonly TimeSpan FirstAfter = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly int activityId;
    private readonly long startedAt = Stopwatch.GetTimestamp();
    private ProgressRecord? last;
    private TimeSpan nextAt = FirstAfter;

    /// <summary>Initialises the records of one operation.</summary>
    /// <param name="activityId">Number that tells them from those of other cmdlets of the pipeline.</param>
    public ProgressRecords(int activityId) => this.activityId = activityId;

    /// <summary>Makes a record of the newest progress when there is one and a record is due.</summary>
    /// <param name="queue">Where progress arrives.</param>
    /// <returns>The record, or null.</returns>
    public ProgressRecord? Next(PipelineQueue queue)
    {
        TimeSpan now = Stopwatch.GetElapsedTime(startedAt);
        if (now < nextAt || queue.TakeProgress() is not OperationProgress newest)
        {
            return null;
        }

        nextAt = now + Interval;
        return From(newest);
    }

    /// <summary>Makes the record of a progress.</summary>
    /// <param name="progress">State of the operation.</param>
    /// <returns>The record.</returns>
    public ProgressRecord From(OperationProgress progress)
    {
        double seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        double rate = progress.BytesPerSecond > 0 ? progress.BytesPerSecond : seconds > 0 ? progress.BytesDone / seconds : 0;
        bool known = progress.BytesTotal > 0;
        string done = known ? $" of {ByteSize.Text(progress.BytesTotal)}" : string.Empty;

        // What moves no bytes, such as waiting for someone, says only what it does.
        string amount = known || progress.BytesDone > 0 ? $" - {ByteSize.Text(progress.BytesDone)}{done}, {ByteSize.Text((long)rate)}/s" : string.Empty;
        string status = progress.Status.Length + amount.Length > 0 ? progress.Status + amount : progress.Activity;
        var record = new ProgressRecord(activityId, progress.Activity, status);
        if (known)
        {
            record.PercentComplete = (int)Math.Clamp(progress.BytesDone * 100.0 / progress.BytesTotal, 0, 100);
            double left = progress.Remaining?.TotalSeconds ?? (rate > 0 ? (progress.BytesTotal - progress.BytesDone) / rate : -1);
            record.SecondsRemaining = (int)Math.Clamp(left, -1, int.MaxValue);
        }

        return last = record;
    }

    /// <summary>Makes the record that takes the bar away.</summary>
    /// <returns>The record, or null when none was shown.</returns>
    public ProgressRecord? End()
    {
        if (last is not null)
        {
            last.RecordType = ProgressRecordType.Completed;
        }

        return last;
    }
}
