namespace Portability.Repository.Backends;

/// <summary>Answer of a put-if-absent.</summary>
public enum PutResult
{
    /// <summary>The object is there by this call, durable and visible to all.</summary>
    Created,

    /// <summary>An object of that name is there, by whomever, durable; it was not touched.</summary>
    Exists,
}
