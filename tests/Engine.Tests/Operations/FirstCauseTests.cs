using Portability.Engine.Operations;
using Xunit;

namespace Portability.Engine.Tests.Operations;

public sealed class FirstCauseTests
{
    [Fact]
    public void The_error_that_made_an_object_unusable_is_told()
    {
        var full = new StorageException("StoreFull", ErrorKind.WriteFailed, "Failed to write.", "Free space.", "x");
        Assert.Same(full, FirstCause.Of(Unusable(Unusable(full))));
        Assert.Null(FirstCause.Of(full));
        Assert.Null(FirstCause.Of(Unusable(new IOException())));
        Assert.Null(FirstCause.Of(new OperationCanceledException()));
    }

    [Fact]
    public void Memory_that_ran_out_is_told_wherever_it_did()
    {
        Assert.Equal(("OutOfMemory", ErrorKind.Limit), Told(new InsufficientMemoryException()));
        Assert.Equal(("OutOfMemory", ErrorKind.Limit), Told(Unusable(Unusable(new InsufficientMemoryException()))));
        static (string? Id, ErrorKind? Kind) Told(Exception exception) => (FirstCause.Of(exception)?.ErrorId, FirstCause.Of(exception)?.Kind);
    }

    private static RepositoryException Unusable(Exception cause) =>
        new("ObjectUnusable", ErrorKind.WriteFailed, "Failed to write packs.", "Run the command again.", innerException: cause);
}
