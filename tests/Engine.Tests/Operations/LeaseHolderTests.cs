using System.Diagnostics;
using System.Globalization;
using Portability.Engine.Operations;
using Xunit;

namespace Portability.Engine.Tests.Operations;

public sealed class LeaseHolderTests
{
    [Fact]
    public void This_process_lives() => Assert.False(LeaseHolder.IsDead(LeaseHolder.Describe()));

    [Fact]
    public void A_process_that_started_at_another_time_under_the_same_id_is_another_one()
    {
        string[] parts = LeaseHolder.Describe().Split('/');
        long start = long.Parse(parts[2], CultureInfo.InvariantCulture);
        Assert.True(LeaseHolder.IsDead($"{parts[0]}/{parts[1]}/{start + 1}"));
        Assert.False(LeaseHolder.IsDead($"{parts[0]}/{parts[1]}/0"));
        Assert.False(LeaseHolder.IsDead($"other-{parts[0]}/{parts[1]}/{start + 1}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a/b/c")]
    [InlineData("a/1/2/3")]
    public void What_is_no_holder_is_not_dead(string holder) => Assert.False(LeaseHolder.IsDead(holder));

    [Fact]
    public void The_start_is_what_the_system_notes_and_not_what_the_clock_says()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "proc_pid_stat(5) is Linux's.");
        string stat = File.ReadAllText("/proc/self/stat");
        string expected = stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[22 - 3];
        Assert.Equal($"{Environment.MachineName}/{Environment.ProcessId}/{expected}", LeaseHolder.Describe());
    }

    [Fact]
    public void A_process_that_has_ended_is_dead()
    {
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, "--help") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        child.Kill();
        child.WaitForExit();
        Assert.True(LeaseHolder.IsDead($"{Environment.MachineName}/{child.Id}/1"));
    }
}
