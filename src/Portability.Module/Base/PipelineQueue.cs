using System.Management.Automation;
using System.Threading.Channels;

namespace Portability.Module;

/// <summary>
/// Carries what an operation writes from its threads to the pipeline thread. Objects and errors wait for room, so that a slow
/// reader slows the operation; messages never wait, and are counted when there is no room; of progress only the newest is kept.
/// </summary>
internal sealed class PipelineQueue : IOperationSink
{
    /// <summary>Writes that may lie between the two sides; small, as objects are, and enough that neither side stalls.</summary>
    private const int Capacity = 256;

    private readonly Channel<Action<PSCmdlet>> writes = Channel.CreateBounded<Action<PSCmdlet>>(
        new BoundedChannelOptions(Capacity) { SingleReader = true });

    private OperationProgress? progress;
    private int dropped;

    /// <summary>The pipeline thread's end.</summary>
    public ChannelReader<Action<PSCmdlet>> Reader => writes.Reader;

    /// <summary>Messages that found no room.</summary>
    public int DroppedMessages => Volatile.Read(ref dropped);

    /// <summary>Takes the newest progress that was not taken before.</summary>
    /// <returns>The progress, or null.</returns>
    public OperationProgress? TakeProgress() => Interlocked.Exchange(ref progress, null);

    /// <summary>Tells the reader that nothing more comes.</summary>
    public void Complete() => writes.Writer.TryComplete();

    /// <inheritdoc/>
    public ValueTask EmitAsync(object value, CancellationToken cancellationToken) =>
        writes.Writer.WriteAsync(cmdlet => cmdlet.WriteObject(value), cancellationToken);

    /// <inheritdoc/>
    public ValueTask FailAsync(ErrorRecord error, CancellationToken cancellationToken) =>
        writes.Writer.WriteAsync(cmdlet => cmdlet.WriteError(error), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> AskAsync(string question, string caption, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        await writes.Writer.WriteAsync(
            cmdlet => answer.TrySetResult(Interaction.IsPossible(cmdlet.Host) && cmdlet.ShouldContinue(question, caption)),
            cancellationToken).ConfigureAwait(false);
        return await answer.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void OnProgress(OperationProgress progress) => Volatile.Write(ref this.progress, progress);

    /// <inheritdoc/>
    public void OnWarning(string message) => Send(cmdlet => cmdlet.WriteWarning(message));

    /// <inheritdoc/>
    public void OnVerbose(string message) => Send(cmdlet => cmdlet.WriteVerbose(message));

    private void Send(Action<PSCmdlet> write)
    {
        if (!writes.Writer.TryWrite(write))
        {
            Interlocked.Increment(ref dropped);
        }
    }
}
