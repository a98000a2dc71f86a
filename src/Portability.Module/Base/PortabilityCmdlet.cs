using System.Management.Automation;
using System.Threading.Channels;

namespace Portability.Module;

/// <summary>
/// Base of every cmdlet. Owns two things: the token that Ctrl+C cancels, and the way from the engine's asynchronous
/// operations to PowerShell's synchronous pipeline.
/// </summary>
public abstract class PortabilityCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    // Not disposed: it has no timer and no handle, and StopProcessing may come from another thread at any time.
    private readonly CancellationTokenSource stopping = new();

    /// <summary>The connections of this session.</summary>
    private protected SessionConnections Connections => SessionConnections.Of(MyInvocation.MyCommand.Module);

    /// <summary>True if the user asks what would be done, so that an estimate is worth its cost.</summary>
    private protected bool WantsPlan =>
        MyInvocation.BoundParameters.ContainsKey("WhatIf")
        || MyInvocation.BoundParameters.ContainsKey("Confirm")
        || LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("WhatIfPreference"));

    /// <summary>Asks what -WhatIf and -Confirm mean for one step.</summary>
    /// <param name="target">What is concerned.</param>
    /// <param name="action">What would be done.</param>
    /// <returns>True to go on.</returns>
    /// <exception cref="RepositoryException">`ConfirmationImpossible`: a question is due, and there is nobody who could be asked.</exception>
    private protected new bool ShouldProcess(string target, string action)
    {
        try
        {
            return base.ShouldProcess(target, action);
        }
        catch (PSInvalidOperationException exception)
        {
            throw new RepositoryException(
                "ConfirmationImpossible",
                ErrorKind.InvalidInput,
                $"Failed to ask for a confirmation of '{action}' on '{target}': {exception.Message}",
                "Give -Confirm:$false if it shall be done without a question, or run it where somebody can answer.",
                target,
                isTransient: false,
                exception);
        }
    }

    /// <summary>Releases what the cmdlet holds; PowerShell calls it when the pipeline ends.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Cancels the running operation; the pipeline thread leaves when the operation has ended.</summary>
    protected override void StopProcessing() => stopping.Cancel();

    /// <summary>Releases what a derived cmdlet holds.</summary>
    /// <param name="disposing">True from <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    // The pipeline is synchronous by nature: Run and Drain are the one place where a thread waits for the engine.
#pragma warning disable VSTHRD002
    /// <summary>Runs an operation of the engine and writes on this thread what it emits.</summary>
    /// <typeparam name="T">What the operation returns.</typeparam>
    /// <param name="operation">The operation; it runs on the thread pool and must not touch the cmdlet.</param>
    /// <returns>What the operation returned.</returns>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped; the operation has ended.</exception>
    private protected T Run<T>(Func<IOperationSink, CancellationToken, Task<T>> operation)
    {
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        CancellationToken token = cut.Token;
        var queue = new PipelineQueue();
        Task<T> work = Task.Run(() => RunToEndAsync(operation, queue, token), CancellationToken.None);
        try
        {
            Drain(queue);
        }
        catch
        {
            // A write failed: the reader is gone or wants no more. Nothing of the operation may outlive the cmdlet, and what
            // it answers to the cancellation is no news: the failed write is what the user gets.
            cut.Cancel();
            Task.WaitAny([work], CancellationToken.None);
            _ = work.Exception;
            throw;
        }

        try
        {
            return work.GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new PipelineStoppedException();
        }
    }

    private void Drain(PipelineQueue queue)
    {
        var progress = new ProgressRecords(MyInvocation.PipelinePosition);
        ChannelReader<Action<PSCmdlet>> reader = queue.Reader;
        bool more = true;
        while (more)
        {
            Task<bool> arrival = reader.WaitToReadAsync(CancellationToken.None).AsTask();
            while (!arrival.Wait(Tick, CancellationToken.None))
            {
                Show(progress.Next(queue));
            }

            more = arrival.GetAwaiter().GetResult();
            while (reader.TryRead(out Action<PSCmdlet>? write))
            {
                write(this);
            }

            Show(progress.Next(queue));
        }

        Show(progress.End());
        if (queue.DroppedMessages > 0)
        {
            WriteWarning(FormattableString.Invariant($"{queue.DroppedMessages} further messages are not shown."));
        }

        void Show(ProgressRecord? record)
        {
            if (record is not null)
            {
                WriteProgress(record);
            }
        }
    }
#pragma warning restore VSTHRD002

    /// <summary>Runs an operation that returns nothing; see the other overload.</summary>
    /// <param name="operation">The operation.</param>
    private protected void Run(Func<IOperationSink, CancellationToken, Task> operation) =>
        Run(async (sink, token) =>
        {
            await operation(sink, token).ConfigureAwait(false);
            return true;
        });

    /// <summary>Writes an error of one item and goes on; a stopped pipeline goes through.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="target">What the cmdlet worked on.</param>
    private protected void WriteItemError(Exception error, object? target) => WriteError(ErrorRecords.From(error, target));

    /// <summary>Ends the command with an error.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="target">What the cmdlet worked on.</param>
    private protected void Terminate(Exception error, object? target) => ThrowTerminatingError(ErrorRecords.From(error, target));

    /// <summary>True for an error that the engine or a value of the user caused; false for the pipeline's own.</summary>
    /// <param name="error">What was thrown.</param>
    /// <returns>True if an error record is to be made of it.</returns>
    private protected static bool IsReportable(Exception error) =>
        error is not (PipelineStoppedException or RuntimeException or OutOfMemoryException);

    private static async Task<T> RunToEndAsync<T>(
        Func<IOperationSink, CancellationToken, Task<T>> operation, PipelineQueue queue, CancellationToken token)
    {
        try
        {
            return await operation(queue, token).ConfigureAwait(false);
        }
        finally
        {
            queue.Complete();
        }
    }
}
