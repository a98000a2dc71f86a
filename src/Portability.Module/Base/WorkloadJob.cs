using System.Management.Automation;

namespace Portability.Module;

/// <summary>A background job of this module: runs operations of the engine on the thread pool of this process, in order.</summary>
public sealed class WorkloadJob : Job
{
    private readonly CancellationTokenSource stopping = new();
    private readonly IReadOnlyList<JobOperation> operations;
    private readonly JobSink sink;

    internal WorkloadJob(string command, IReadOnlyList<JobOperation> operations)
        : base(command)
    {
        this.operations = operations;
        sink = new JobSink(this);
        PSJobTypeName = nameof(WorkloadJob);
    }

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count + Error.Count + Warning.Count + Verbose.Count + Progress.Count > 0;

    /// <inheritdoc/>
    public override string Location => Environment.MachineName;

    /// <inheritdoc/>
    public override string StatusMessage => sink.Status;

    /// <summary>Cancels the job and waits until what it ran has ended and cleaned up.</summary>
    public override void StopJob()
    {
        if (JobStateInfo.State is not (JobState.Running or JobState.Stopping))
        {
            return;
        }

        SetJobState(JobState.Stopping);
        stopping.Cancel();
        Finished.WaitOne();
    }

    /// <summary>Starts the job.</summary>
    internal void Start()
    {
        SetJobState(JobState.Running);
        _ = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            stopping.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task RunAsync()
    {
        JobState end = JobState.Completed;
        foreach (JobOperation operation in operations)
        {
            try
            {
                await operation.Run(sink, stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                end = JobState.Stopped;
                break;
            }
            catch (Exception error)
            {
                await sink.FailAsync(ErrorRecords.From(error, operation.Target), CancellationToken.None).ConfigureAwait(false);
            }
        }

        SetJobState(end == JobState.Completed && sink.HasFailed ? JobState.Failed : end);
    }
}
