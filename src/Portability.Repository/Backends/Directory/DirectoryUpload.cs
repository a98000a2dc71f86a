using Portability.Core.Crypto;
using Portability.Core.Native;

namespace Portability.Repository.Backends;

/// <summary>An upload into a <see cref="DirectoryBlobStore"/>: a file among the temporaries that grows.</summary>
internal sealed class DirectoryUpload : IBlobUpload
{
    private const int ReadLength = 1 << 20;
    private readonly IOpenFile file;
    private readonly DirectoryFiles files;
    private readonly RunningHash hash = new();
    private readonly string pieces;
    private readonly DirectoryBlobStore store;

    private DirectoryUpload(DirectoryBlobStore store, DirectoryFiles files, BlobName name, string pieces, long length, IOpenFile file)
    {
        this.store = store;
        this.files = files;
        this.pieces = pieces;
        this.file = file;
        Name = name;
        Length = length;
        Offset = file.Stat().Length;
    }

    /// <inheritdoc/>
    public BlobName Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public long Offset { get; private set; }

    /// <summary>Opens what an earlier upload left, or starts anew. Blocking.</summary>
    /// <exception cref="FileCallException">A call failed.</exception>
    public static DirectoryUpload Open(DirectoryBlobStore store, DirectoryFiles files, BlobName name, string pieces, long length)
    {
        while (true)
        {
            var upload = new DirectoryUpload(store, files, name, pieces, length, files.OpenPieces(files.PathOfTemporary(pieces)));
            if (upload.Offset <= length)
            {
                return upload;
            }

            upload.Close();
            files.DeleteTemporary(pieces);
        }
    }

    /// <inheritdoc/>
    public Task AppendAsync(ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        StoreErrors.CheckPiece(this, content.Length);
        return store.RunAsync("write", Name.Value, () => Append(content.Span), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<PutResult> CompleteAsync(ReadOnlyMemory<byte> sha256, CancellationToken cancellationToken)
    {
        StoreErrors.CheckComplete(this);
        return store.RunAsync("write", Name.Value, () => Complete(sha256.Span), cancellationToken, flushes: true);
    }

    /// <inheritdoc/>
    public Task AbandonAsync(CancellationToken cancellationToken) => store.DeleteTemporaryAsync(pieces, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private void Close()
    {
        hash.Dispose();
        file.Dispose();
    }

    private bool Append(ReadOnlySpan<byte> content)
    {
        file.Write(Offset, content);
        if (hash.Length == Offset)
        {
            hash.Append(content);
        }

        Offset += content.Length;
        return true;
    }

    private PutResult Complete(ReadOnlySpan<byte> sha256)
    {
        file.Flush();
        Span<byte> found = stackalloc byte[ContentHash.Size];
        ComputeHash(found);
        if (!ContentHash.AreSame(found, sha256))
        {
            files.DeleteTemporary(pieces);
            throw StoreErrors.DamagedInTransfer(Name, store.Location, sha256, found);
        }

        return files.Publish(Name, files.PathOfTemporary(pieces)) ?? throw StoreErrors.TemporaryVanished(Name, store.Location);
    }

    /// <summary>Bytes of an earlier upload are read again: a power cut may have left others in their place.</summary>
    private void ComputeHash(Span<byte> target)
    {
        if (hash.Length == Length)
        {
            hash.Peek(target);
            return;
        }

        using var whole = new RunningHash();
        byte[] buffer = new byte[(int)Math.Min(ReadLength, Length)];
        while (whole.Length < Length)
        {
            int count = file.Read(whole.Length, buffer.AsSpan(0, (int)Math.Min(buffer.Length, Length - whole.Length)));
            if (count == 0)
            {
                break;
            }

            whole.Append(buffer.AsSpan(0, count));
        }

        whole.Finish(target);
    }
}
