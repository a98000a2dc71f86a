# SHA-256 over every 64 KiB chunk that is not all zeros, each preceded by its offset as eight little-endian bytes.
param([Parameter(Mandatory)] [string] $Path)
if (-not ('Acceptance.ChunkDigest' -as [type])) {
    Add-Type -TypeDefinition @'
using System; using System.IO; using System.Security.Cryptography; using System.Buffers.Binary;
namespace Acceptance { public static class ChunkDigest { public static string Of(string path) {
  using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
  using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 20);
  var buffer = new byte[65536]; var place = new byte[8]; long offset = 0; int count;
  while ((count = file.ReadAtLeast(buffer, buffer.Length, false)) > 0) {
    if (buffer.AsSpan(0, count).IndexOfAnyExcept((byte)0) >= 0) { BinaryPrimitives.WriteInt64LittleEndian(place, offset); hash.AppendData(place); hash.AppendData(buffer, 0, count); }
    offset += count; }
  return Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant(); } } }
'@
}
[Acceptance.ChunkDigest]::Of($Path)
