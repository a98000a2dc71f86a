using Portability.Repository.Objects;

namespace Portability.Repository.Maintenance;

/// <summary>Blocks that are copied together.</summary>
/// <param name="Text">The frame, packed, not sealed.</param>
/// <param name="Ids">Content ids of its blocks; each was checked.</param>
internal sealed record RewrittenFrame(byte[] Text, BlockId[] Ids);
