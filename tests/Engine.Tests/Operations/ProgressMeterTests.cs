using Portability.Engine.Operations;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Operations;

public sealed class ProgressMeterTests
{
    private readonly ManualTime time = new();
    private readonly RecordingObserver observer = new();

    [Fact]
    public void Tells_rate_and_time_left()
    {
        var meter = new ProgressMeter(observer, time, "Capturing web01", 1000);
        for (int i = 0; i < 4; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            meter.Add(100);
        }

        OperationProgress last = observer.Progress.Last();
        Assert.Equal(new OperationProgress("Capturing web01", string.Empty, 400, 1000, 100, TimeSpan.FromSeconds(6)), last);
    }

    [Fact]
    public void Reports_at_most_four_times_a_second()
    {
        var meter = new ProgressMeter(observer, time, "Capturing web01", 1000);
        for (int i = 0; i < 1000; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            meter.Add(1);
        }

        Assert.Equal(4, observer.Progress.Count);
    }

    [Fact]
    public void Follows_a_rate_that_drops()
    {
        var meter = new ProgressMeter(observer, time, "Capturing web01", 10_000);
        for (int i = 0; i < 60; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            meter.Add(i < 30 ? 100 : 10);
        }

        Assert.Equal(10, observer.Progress.Last().BytesPerSecond, 3);
    }

    [Fact]
    public void Leaves_out_what_is_unknown()
    {
        var meter = new ProgressMeter(observer, time, "Capturing web01");
        meter.SetStatus("disk 0");
        OperationProgress only = Assert.Single(observer.Progress);
        Assert.Equal("disk 0", only.Status);
        Assert.Equal(-1, only.BytesTotal);
        Assert.Null(only.Remaining);
    }
}
