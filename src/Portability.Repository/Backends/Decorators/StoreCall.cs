namespace Portability.Repository.Backends;

/// <summary>One call of a store, as a decorator sees it.</summary>
/// <param name="Operation">What is asked.</param>
/// <param name="Target">Name of the object or temporary, or the prefix of a listing.</param>
public readonly record struct StoreCall(StoreOperation Operation, string Target)
{
    /// <summary>For example `Put snapshots/…/0000000001`.</summary>
    public override string ToString() => $"{Operation} {Target}";
}
