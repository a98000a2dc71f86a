namespace Portability;

/// <summary>An observer for callers who do not watch.</summary>
public sealed class SilentObserver : IOperationObserver
{
    private SilentObserver()
    {
    }

    /// <summary>The one instance.</summary>
    public static SilentObserver Instance { get; } = new();

    /// <inheritdoc/>
    public void OnProgress(OperationProgress progress)
    {
    }

    /// <inheritdoc/>
    public void OnWarning(string message)
    {
    }

    /// <inheritdoc/>
    public void OnVerbose(string message)
    {
    }
}
