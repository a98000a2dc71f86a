using System.Management.Automation;

namespace Portability.Module;

/// <summary>Turns errors of the engine into error records; the only place that does.</summary>
internal static class ErrorRecords
{
    private const string Report = "Report this with the output of Get-Error; nothing that was committed is lost.";

    /// <summary>Makes the record of an error.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="target">What the cmdlet worked on; the error's own target name when null.</param>
    /// <returns>A record with identifier, category, target and recommendation.</returns>
    public static ErrorRecord From(Exception error, object? target)
    {
        // The runtime wraps what a handler of its own events throws, such as the engine's file that is missing.
        error = error is IOException or TypeInitializationException && error.InnerException is PortabilityException cause ? cause : error;
        (string id, ErrorKind kind, string action) = Describe(error);
        object? named = target ?? (error as PortabilityException)?.TargetName;
        if (error is ObjectDisposedException)
        {
            // What the runtime says names a class of the engine.
            error = new RepositoryException(id, kind, $"Failed to use '{named ?? "the repository"}': its connection was closed.", action, named?.ToString(), innerException: error);
        }

        string message = kind == ErrorKind.Internal ? $"Failed to finish '{named ?? "the command"}': {error.Message}" : error.Message;
        return new ErrorRecord(error, id, Category(kind), named)
        {
            ErrorDetails = new ErrorDetails(message) { RecommendedAction = action },
        };
    }

    /// <summary>Category of a kind of error.</summary>
    /// <param name="kind">The kind.</param>
    /// <returns>PowerShell's word for it.</returns>
    public static ErrorCategory Category(ErrorKind kind) => kind switch
    {
        ErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        ErrorKind.Exists => ErrorCategory.ResourceExists,
        ErrorKind.InvalidInput => ErrorCategory.InvalidArgument,
        ErrorKind.InvalidFormat or ErrorKind.Integrity => ErrorCategory.InvalidData,
        ErrorKind.Unsupported => ErrorCategory.NotImplemented,
        ErrorKind.Limit => ErrorCategory.LimitsExceeded,
        ErrorKind.Locked => ErrorCategory.ResourceBusy,
        ErrorKind.Unreachable => ErrorCategory.ConnectionError,
        ErrorKind.Timeout => ErrorCategory.OperationTimeout,
        ErrorKind.Denied => ErrorCategory.PermissionDenied,
        ErrorKind.BadKey => ErrorCategory.AuthenticationError,
        ErrorKind.ReadFailed => ErrorCategory.ReadError,
        ErrorKind.WriteFailed => ErrorCategory.WriteError,
        _ => ErrorCategory.InvalidOperation,
    };

    private static (string Id, ErrorKind Kind, string Action) Describe(Exception error) => error switch
    {
        PortabilityException known => (known.ErrorId, known.Kind, known.RecommendedAction),
        ObjectDisposedException => ("Disconnected", ErrorKind.InvalidInput, "Connect again with Connect-WorkloadRepository, and take the object anew."),
        ArgumentException => ("InvalidArgument", ErrorKind.InvalidInput, "See Get-Help for the command, then correct the value."),
        UnauthorizedAccessException => ("AccessDenied", ErrorKind.Denied, "Run with an account that has rights to it, or change them."),
        FileNotFoundException or DirectoryNotFoundException => ("PathNotFound", ErrorKind.NotFound, "Check the path with Test-Path -LiteralPath."),
        _ => ("InternalError", ErrorKind.Internal, Report),
    };
}
