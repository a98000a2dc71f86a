namespace Portability.Repository.Backends;

/// <summary>The operations of a store, as decorators tell them apart.</summary>
public enum StoreOperation
{
    /// <summary><see cref="IBlobStore.PutIfAbsentAsync"/>.</summary>
    Put,

    /// <summary><see cref="IBlobStore.GetAsync"/>.</summary>
    Get,

    /// <summary><see cref="IBlobStore.GetLengthAsync"/>.</summary>
    GetLength,

    /// <summary><see cref="IBlobStore.ListAsync"/>: one operation, the whole listing.</summary>
    List,

    /// <summary><see cref="IBlobStore.DeleteAsync"/>.</summary>
    Delete,

    /// <summary><see cref="IBlobStore.OpenUploadAsync"/>.</summary>
    OpenUpload,

    /// <summary><see cref="IBlobUpload.AppendAsync"/>.</summary>
    Append,

    /// <summary><see cref="IBlobUpload.CompleteAsync"/>.</summary>
    Complete,

    /// <summary><see cref="IBlobUpload.AbandonAsync"/>.</summary>
    Abandon,

    /// <summary><see cref="IBlobStore.ListTemporariesAsync"/>: one operation, the whole listing.</summary>
    ListTemporaries,

    /// <summary><see cref="IBlobStore.DeleteTemporaryAsync"/>.</summary>
    DeleteTemporary,
}
