using System.Management.Automation;

namespace Portability.Module;

/// <summary>Puts what an operation writes into the streams of a job.</summary>
internal sealed class JobSink : IOperationSink
{
    private readonly Job job;
    private readonly ProgressRecords records = new(activityId: 1);
    private readonly Lock gate = new();

    /// <summary>Initialises the sink.</summary>
    /// <param name="job">The job that keeps the streams.</param>
    public JobSink(Job job) => this.job = job;

    /// <summary>What the operation does now, for the job's status.</summary>
    public string Status { get; private set; } = string.Empty;

    /// <summary>True once an error was written.</summary>
    public bool HasFailed { get; private set; }

    /// <inheritdoc/>
    public ValueTask EmitAsync(object value, CancellationToken cancellationToken)
    {
        job.Output.Add(PSObject.AsPSObject(value));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask FailAsync(ErrorRecord error, CancellationToken cancellationToken)
    {
        HasFailed = true;
        job.Error.Add(error);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<bool> AskAsync(string question, string caption, CancellationToken cancellationToken) => Task.FromResult(false);

    /// <inheritdoc/>
    public void OnProgress(OperationProgress progress)
    {
        // Readers of a job poll: only the newest record is of use, and a long job must not grow by its progress.
        lock (gate)
        {
            ProgressRecord record = records.From(progress);
            Status = $"{record.Activity}: {record.StatusDescription}";
            job.Progress.Clear();
            job.Progress.Add(record);
        }
    }

    /// <inheritdoc/>
    public void OnWarning(string message) => job.Warning.Add(new WarningRecord(message));

    /// <inheritdoc/>
    public void OnVerbose(string message) => job.Verbose.Add(new VerboseRecord(message));
}
