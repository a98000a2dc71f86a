namespace Portability.Module;

/// <summary>One item's share of a background job.</summary>
/// <param name="Target">The item, as an error record shows it.</param>
/// <param name="Run">The operation.</param>
internal sealed record JobOperation(object Target, Func<IOperationSink, CancellationToken, Task> Run);
