using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>The newest of something that this machine saw at one store.</summary>
/// <param name="Number">Number of the manifest or trust record.</param>
/// <param name="Hash">SHA-256 of its stored bytes.</param>
public sealed record SeenMark(long Number, RecordHash Hash);
