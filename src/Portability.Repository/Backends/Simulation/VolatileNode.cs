using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>A simulated file or folder.</summary>
internal abstract class VolatileNode(ulong number)
{
    /// <summary>Never given twice.</summary>
    public ulong Number => number;

    /// <summary>Forgets what was not flushed.</summary>
    /// <param name="random">Decides what is lost.</param>
    /// <param name="keptInHundred">How much of what was not flushed survives by luck, 0 to 100.</param>
    public abstract void LosePower(RandomSource random, int keptInHundred);
}
