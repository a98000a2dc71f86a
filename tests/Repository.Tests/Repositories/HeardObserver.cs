namespace Portability.Repository.Tests.Repositories;

/// <summary>Keeps the warnings it is told.</summary>
internal sealed class HeardObserver : IOperationObserver
{
    private readonly List<string> warnings = [];

    public IReadOnlyList<string> Warnings => warnings;

    public void OnProgress(OperationProgress progress)
    {
    }

    public void OnWarning(string message)
    {
        lock (warnings)
        {
            warnings.Add(message);
        }
    }

    public void OnVerbose(string message)
    {
    }
}
