using System.Management.Automation;

namespace Portability.Module;

/// <summary>
/// Base of cmdlets that may run for long. Each item of the pipeline becomes one operation: run at once, or, with -AsJob,
/// kept until the pipeline has ended and then run one after the other by one background job.
/// </summary>
public abstract class LongRunningCmdlet : RepositoryCmdlet
{
    private readonly List<JobOperation> queued = [];

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter(HelpMessage = "Run in the background and return a job. Confirmation is asked before the job starts.")]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (queued.Count == 0)
        {
            return;
        }

        var job = new WorkloadJob(MyInvocation.Line, queued);
        JobRepository.Add(job);
        job.Start();
        WriteObject(job);
    }

    /// <summary>Runs the operation of one item, now or in the job. An error of it is written and does not end the pipeline.</summary>
    /// <param name="target">The item, as the error record shows it.</param>
    /// <param name="operation">The operation; it must hold all it needs and not touch the cmdlet.</param>
    private protected void Perform(object target, Func<IOperationSink, CancellationToken, Task> operation)
    {
        if (AsJob)
        {
            queued.Add(new JobOperation(target, operation));
            return;
        }

        try
        {
            Run(operation);
        }
        catch (Exception error) when (IsReportable(error))
        {
            WriteItemError(error, target);
        }
    }
}
