using Portability.Repository.Backends;

namespace Portability.Engine.Tests;

/// <summary>A store that is gone from its n-th change on, as if its user had been killed there.</summary>
internal sealed class CutBlobStore(IBlobStore inner, int changes) : InterceptingBlobStore(inner)
{
    private bool isCut;

    /// <summary>Changes that were made.</summary>
    public int Made { get; private set; }

    protected override Task<T> InterceptAsync<T>(StoreCall call, Func<Task<T>> proceed, CancellationToken cancellationToken)
    {
        bool changing = call.Operation is not (StoreOperation.Get or StoreOperation.GetLength or StoreOperation.List or StoreOperation.ListTemporaries);
        if (isCut || (changing && Made == changes))
        {
            isCut = true;
            throw new CutException();
        }

        Made += changing ? 1 : 0;
        return proceed();
    }
}
