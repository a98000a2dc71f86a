using Portability.Disks.Blocks;

namespace Portability.Engine.Restore;

/// <summary>Where one disk is restored to. Disposed before it is finished, it leaves nothing that could be taken for the disk.</summary>
internal interface IRestoreTarget : IAsyncDisposable
{
    /// <summary>Full path that the disk will have.</summary>
    string Path { get; }

    /// <summary>Written to.</summary>
    IBlockDevice Device { get; }

    /// <summary>True if it reads as zeros before anything is written.</summary>
    bool IsZero { get; }

    /// <summary>Makes what was written durable.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    Task FlushAsync(CancellationToken cancellationToken);

    /// <summary>Makes it visible; flushed before.</summary>
    /// <exception cref="StorageException">`FileExists`, or the file system refused.</exception>
    Task PublishAsync();
}
