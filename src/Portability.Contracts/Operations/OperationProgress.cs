namespace Portability;

/// <summary>State of a long operation at one instant.</summary>
/// <param name="Activity">What is done, such as `Capturing web01`.</param>
/// <param name="Status">Where it is, such as `disk 0: web01.vhdx`.</param>
/// <param name="BytesDone">Bytes done so far.</param>
/// <param name="BytesTotal">Bytes to do in all, or -1 when unknown.</param>
/// <param name="BytesPerSecond">Rate, bytes per second, or 0 when unknown.</param>
/// <param name="Remaining">Time left, or null when unknown.</param>
public sealed record OperationProgress(
    string Activity,
    string Status,
    long BytesDone,
    long BytesTotal,
    double BytesPerSecond = 0,
    TimeSpan? Remaining = null);
