using System.Collections.Concurrent;

namespace Portability.Engine.Tests;

/// <summary>Keeps what an operation reported.</summary>
internal sealed class RecordingObserver : IOperationObserver
{
    public ConcurrentQueue<OperationProgress> Progress { get; } = new();

    public ConcurrentQueue<string> Warnings { get; } = new();

    public ConcurrentQueue<string> Details { get; } = new();

    public void OnProgress(OperationProgress progress) => Progress.Enqueue(progress);

    public void OnWarning(string message) => Warnings.Enqueue(message);

    public void OnVerbose(string message) => Details.Enqueue(message);
}
