namespace Portability.Repository.Backends;

/// <summary>The simulated machine has no power: nothing after this call happens until it is restarted.</summary>
public sealed class PowerCutException : Exception
{
    /// <summary>Initialises the exception.</summary>
    public PowerCutException()
        : base("The simulated machine has no power.")
    {
    }
}
