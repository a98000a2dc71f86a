using System.Runtime.ExceptionServices;
using Portability.Engine.Repositories;
using Portability.Repository.Leases;
using Portability.Repository.Records;

namespace Portability.Engine.Operations;

/// <summary>
/// A lease that beats by itself while an operation runs. When a beat fails, <see cref="Token"/> is cancelled and
/// <see cref="ThrowIfLost"/> says why. Disposal ends the lease, however the operation ended.
/// </summary>
internal sealed class HeldLease : IAsyncDisposable
{
    private readonly CancellationTokenSource lost;
    private readonly CancellationTokenSource done = new();
    private readonly IOperationObserver observer;
    private readonly Task beating;
    private volatile PortabilityException? failure;

    private HeldLease(WriterLease lease, IOperationObserver observer, CancellationToken cancellationToken)
    {
        Lease = lease;
        this.observer = observer;
        lost = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        beating = Task.Run(KeepAliveAsync, CancellationToken.None);
    }

    /// <summary>The lease.</summary>
    public WriterLease Lease { get; }

    /// <summary>Cancelled with the operation, and when the lease is lost.</summary>
    public CancellationToken Token => lost.Token;

    /// <summary>Puts a lease and keeps it alive.</summary>
    /// <param name="connection">The repository.</param>
    /// <param name="signer">Signs the beats.</param>
    /// <param name="request">What it is held for; the holder is filled in here.</param>
    /// <param name="observer">Hears when the lease could not be ended.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="StorageException">The store cannot be written.</exception>
    public static async Task<HeldLease> OpenAsync(
        RepositoryConnection connection, RecordSigner signer, LeaseRequest request, IOperationObserver observer, CancellationToken cancellationToken)
    {
        WriterLease lease = await WriterLease.OpenAsync(
            connection.Opened, signer, request.Holder.Length > 0 ? request : request with { Holder = LeaseHolder.Describe() }, cancellationToken).ConfigureAwait(false);
        return new HeldLease(lease, observer, cancellationToken);
    }

    /// <summary>Throws the error of the beat that failed, if one did.</summary>
    /// <exception cref="PortabilityException">The lease is lost.</exception>
    public void ThrowIfLost()
    {
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Runs an operation under the lease; an end by a lost lease is told as that.</summary>
    /// <typeparam name="T">What it returns.</typeparam>
    /// <param name="operation">The operation, with the token that it must pass on.</param>
    /// <exception cref="PortabilityException">The operation failed, or the lease is lost.</exception>
    public async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> operation)
    {
        try
        {
            return await operation(Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (failure is not null)
        {
            throw failure;
        }
        catch (Exception exception) when (FirstCause.Of(exception) is { } cause)
        {
            ExceptionDispatchInfo.Throw(cause);
            throw;
        }
    }

    /// <summary>Stops the beating and ends the lease. A lease that could not be ended is waited out by a collector.</summary>
    public async ValueTask DisposeAsync()
    {
        await done.CancelAsync().ConfigureAwait(false);
        await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (failure is null)
            {
                await Lease.EndAsync(CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (PortabilityException exception)
        {
            observer.OnVerbose($"The lease could not be ended, so Optimize-WorkloadRepository will wait for it: {exception.Message}");
        }

        Lease.Dispose();
        lost.Dispose();
        done.Dispose();
    }

    private async Task KeepAliveAsync()
    {
        try
        {
            await Lease.KeepAliveAsync(done.Token).ConfigureAwait(false);
        }
        catch (PortabilityException exception)
        {
            failure = exception;
            await lost.CancelAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The operation has ended.
        }
    }
}
