namespace Portability.FileSystems;

/// <summary>
/// A file system on a volume, read offline. It owns its device. All members may be called from several threads at once. Nothing of the guest is
/// executed; every number in it is hostile, and whatever it holds a call reads a bounded amount or throws.
/// </summary>
public interface IFileSystem : IAsyncDisposable
{
    /// <summary>What the volume says of itself.</summary>
    FileSystemInformation Information { get; }

    /// <summary>What it keeps.</summary>
    FileSystemCapabilities Capabilities { get; }

    /// <summary>What its names are made of.</summary>
    NodeNameUnit NameUnit { get; }

    /// <summary>Its root directory.</summary>
    FileId Root { get; }

    /// <summary>Reads what is said of a node.</summary>
    /// <param name="id">The node; a generation of 0 is any.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">`FileNotFound`: there is no such node.</exception>
    /// <exception cref="PortabilityException">It is damaged, or its feature is not handled.</exception>
    ValueTask<FileNode> GetNodeAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Finds a name in a directory by the rules of the file system.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The entry with its name as stored, or null.</returns>
    /// <exception cref="PortabilityException">The node is no directory (`NotADirectory`), damaged, or of a feature that is not handled.</exception>
    ValueTask<DirectoryEntry?> FindAsync(FileId directory, NodeName name, CancellationToken cancellationToken);

    /// <summary>Lists a directory in the order it is stored.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">As <see cref="FindAsync"/>.</exception>
    IAsyncEnumerable<DirectoryEntry> ListAsync(FileId directory, CancellationToken cancellationToken);

    /// <summary>Reads from a stream. Short only at its end.</summary>
    /// <param name="id">The node.</param>
    /// <param name="stream">Name of the stream; empty for the content.</param>
    /// <param name="offset">Offset in bytes, not negative.</param>
    /// <param name="buffer">Buffer to fill; the caller's.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Bytes read; 0 at the end and beyond.</returns>
    /// <exception cref="PortabilityException">There is no such stream, it is damaged, or stored in a form that is not handled.</exception>
    ValueTask<int> ReadAsync(FileId id, NodeName stream, long offset, Memory<byte> buffer, CancellationToken cancellationToken);

    /// <summary>Lists the extents of a stream: in order, contiguous, from 0 to its length.</summary>
    /// <param name="id">The node.</param>
    /// <param name="stream">Name of the stream; empty for the content.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">As <see cref="ReadAsync"/>.</exception>
    IAsyncEnumerable<FileExtent> QueryExtentsAsync(FileId id, NodeName stream, CancellationToken cancellationToken);

    /// <summary>Lists the named streams with their lengths in bytes; none where the file system has no such thing.</summary>
    /// <param name="id">The node.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The node is damaged.</exception>
    IAsyncEnumerable<(NodeName Name, long Length)> ListStreamsAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Reads the target of a symbolic link, as stored.</summary>
    /// <param name="id">The link.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">It is no link (`NotALink`), or damaged.</exception>
    ValueTask<NodeName> ReadLinkAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Lists the extended attributes; none where the file system has no such thing.</summary>
    /// <param name="id">The node.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">The node is damaged.</exception>
    IAsyncEnumerable<ExtendedAttributeValue> ListAttributesAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Reads the security descriptor of a node.</summary>
    /// <param name="id">The node.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Its bytes, self-relative; null where the file system has no such thing.</returns>
    /// <exception cref="PortabilityException">The node is damaged.</exception>
    ValueTask<ReadOnlyMemory<byte>?> ReadSecurityDescriptorAsync(FileId id, CancellationToken cancellationToken);

    /// <summary>Reads the data of a reparse point.</summary>
    /// <param name="id">The node.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What follows tag, length and reserved field; null where there is none.</returns>
    /// <exception cref="PortabilityException">The node is damaged.</exception>
    ValueTask<ReadOnlyMemory<byte>?> ReadReparseDataAsync(FileId id, CancellationToken cancellationToken);
}
