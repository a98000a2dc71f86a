using System.Management.Automation;

namespace Portability.Module;

/// <summary>Where a running operation sends what the user gets: the pipeline, or a job. Thread-safe.</summary>
internal interface IOperationSink : IOperationObserver
{
    /// <summary>Emits an object; waits while the reader is behind.</summary>
    /// <param name="value">The object.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask EmitAsync(object value, CancellationToken cancellationToken);

    /// <summary>Reports that one item failed while the others go on.</summary>
    /// <param name="error">What failed.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask FailAsync(ErrorRecord error, CancellationToken cancellationToken);

    /// <summary>Asks the user, whatever the preferences say; waits for the answer.</summary>
    /// <param name="question">What is asked, with all that the answer depends on.</param>
    /// <param name="caption">What it is about.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>True for yes; false for no, and where nobody can be asked.</returns>
    Task<bool> AskAsync(string question, string caption, CancellationToken cancellationToken);
}
