namespace Portability.Engine.Operations;

/// <summary>
/// Counts the bytes of one operation and reports them with rate and time left, at most four times a second. Thread-safe.
/// </summary>
internal sealed class ProgressMeter
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // The rate is that of the last seconds: long enough to be steady, short enough to follow a store that slows down.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly IOperationObserver observer;
    private readonly TimeProvider time;
    private readonly string activity;
    private readonly Lock gate = new();
    private readonly Queue<(long Stamp, long Bytes)> samples = new();
    private string status;
    private long done;
    private long total;
    private long lastReport;

    /// <summary>Starts to count.</summary>
    /// <param name="observer">Who is told.</param>
    /// <param name="time">Where time comes from.</param>
    /// <param name="activity">What is done, such as `Capturing web01`.</param>
    /// <param name="totalBytes">Bytes to do in all, or -1 when unknown.</param>
    public ProgressMeter(IOperationObserver observer, TimeProvider time, string activity, long totalBytes = -1)
    {
        this.observer = observer;
        this.time = time;
        this.activity = activity;
        status = string.Empty;
        total = totalBytes;
        Started = time.GetTimestamp();
        lastReport = Started;
        samples.Enqueue((Started, 0));
    }

    /// <summary>Bytes done so far.</summary>
    public long Done => Interlocked.Read(ref done);

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(Started);

    private long Started { get; }

    /// <summary>Sets how many bytes there are to do; may be called again when more is known.</summary>
    /// <param name="bytes">Bytes in all, or -1 when unknown.</param>
    public void SetTotal(long bytes) => Interlocked.Exchange(ref total, bytes);

    /// <summary>Says where the operation is, and reports at once.</summary>
    /// <param name="text">Such as `disk 0: web01.vhdx`.</param>
    public void SetStatus(string text)
    {
        lock (gate)
        {
            status = text;
            Report(time.GetTimestamp());
        }
    }

    /// <summary>Counts bytes, and reports when the last report is long enough ago.</summary>
    /// <param name="bytes">Bytes done since the last call; may be 0.</param>
    public void Add(long bytes)
    {
        Interlocked.Add(ref done, bytes);
        if (time.GetElapsedTime(Interlocked.Read(ref lastReport)) < Interval)
        {
            return;
        }

        lock (gate)
        {
            long now = time.GetTimestamp();
            if (time.GetElapsedTime(lastReport, now) >= Interval)
            {
                Report(now);
            }
        }
    }

    private void Report(long now)
    {
        Interlocked.Exchange(ref lastReport, now);
        long bytes = Done;
        samples.Enqueue((now, bytes));
        while (samples.Count > 2 && time.GetElapsedTime(samples.Peek().Stamp, now) > Window)
        {
            samples.Dequeue();
        }

        (long stamp, long before) = samples.Peek();
        double seconds = time.GetElapsedTime(stamp, now).TotalSeconds;
        double rate = seconds > 0 ? (bytes - before) / seconds : 0;
        long all = Interlocked.Read(ref total);
        TimeSpan? left = rate > 0 && all >= bytes ? Left((all - bytes) / rate) : null;
        observer.OnProgress(new OperationProgress(activity, status, bytes, all, rate, left));
    }

    private static TimeSpan? Left(double seconds) => seconds < TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : null;
}
