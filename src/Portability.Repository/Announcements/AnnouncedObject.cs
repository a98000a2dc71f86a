using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.Announcements;

/// <summary>An object that a writer will put before the manifest that names it.</summary>
/// <param name="Name">The name it will have: a copy that the writer's lease owns.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Hash">SHA-256 of its bytes.</param>
public sealed record AnnouncedObject(BlobName Name, long Length, Digest Hash);
