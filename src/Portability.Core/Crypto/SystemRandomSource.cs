using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>Random bytes of the operating system.</summary>
internal sealed class SystemRandomSource : RandomSource
{
    /// <inheritdoc/>
    public override void Fill(Span<byte> target) => RandomNumberGenerator.Fill(target);
}
