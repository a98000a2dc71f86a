namespace Portability.Repository.Tests.Repositories;

/// <summary>The process ended here.</summary>
internal sealed class KilledException : Exception;
