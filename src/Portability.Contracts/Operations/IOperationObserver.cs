namespace Portability;

/// <summary>Where a long operation reports to. Implementations are thread-safe and return at once.</summary>
public interface IOperationObserver
{
    /// <summary>Reports how far the operation is.</summary>
    /// <param name="progress">State of the operation now.</param>
    void OnProgress(OperationProgress progress);

    /// <summary>Reports something the user should know though the operation goes on.</summary>
    /// <param name="message">One or two sentences.</param>
    void OnWarning(string message);

    /// <summary>Reports a detail for those who ask for it.</summary>
    /// <param name="message">One sentence.</param>
    void OnVerbose(string message);
}
