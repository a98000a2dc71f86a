using System.Buffers;
using System.Collections.Concurrent;
using Portability.Core.Crypto;
using Portability.Engine.Operations;
using Portability.Repository;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Engine.Verification;

/// <summary>Reads objects in full and compares every copy with the length and the SHA-256 that a reference tree holds. Needs no key.</summary>
internal sealed class ObjectCheck
{
    private const int Piece = 1 << 20;
    private const int MaximumReaders = 4;

    private readonly IBlobStore store;
    private readonly Guid repository;
    private readonly CopyIndex copies;
    private readonly ProgressMeter meter;
    private readonly int readers;
    private readonly ConcurrentDictionary<WrittenObject, List<TestFinding>> found = new();
    private long objectCount;

    public ObjectCheck(IBlobStore store, Guid repository, CopyIndex copies, ProgressMeter meter, int readers)
    {
        this.store = store;
        this.repository = repository;
        this.copies = copies;
        this.meter = meter;
        this.readers = Math.Clamp(readers, 2, MaximumReaders);
    }

    /// <summary>Copies read.</summary>
    public long ObjectCount => Interlocked.Read(ref objectCount);

    /// <summary>What was found at each object, to be told with the snapshots that need it.</summary>
    public ConcurrentDictionary<WrittenObject, List<TestFinding>> Found => found;

    /// <summary>Reads objects.</summary>
    /// <param name="objects">Objects, each once.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>A task that ends when all are read.</returns>
    public Task CheckAsync(IEnumerable<WrittenObject> objects, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        objects,
        new ParallelOptions { MaxDegreeOfParallelism = readers, CancellationToken = cancellationToken },
        async (item, token) => await CheckAsync(item, token).ConfigureAwait(false));

    /// <summary>True if some copy of an object is whole.</summary>
    /// <param name="item">Object.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether a copy has the right bytes.</returns>
    public async Task<bool> IsWholeAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        foreach (BlobEntry copy in copies.Find(item.Kind, item.Set, item.Id))
        {
            if (await FaultAsync(copy, item, cancellationToken).ConfigureAwait(false) is null)
            {
                return true;
            }
        }

        return false;
    }

    private async ValueTask CheckAsync(WrittenObject item, CancellationToken cancellationToken)
    {
        var faults = new List<TestFinding>();
        bool whole = false;
        foreach (BlobEntry copy in copies.Find(item.Kind, item.Set, item.Id))
        {
            TestFinding? fault = await FaultAsync(copy, item, cancellationToken).ConfigureAwait(false);
            whole |= fault is null;
            if (fault is not null)
            {
                faults.Add(fault);
            }
        }

        if (!whole && faults.Count == 0)
        {
            faults.Add(new TestFinding
            {
                Kind = FindingKind.Missing,
                ObjectName = RepositoryNames.StoredObject(item.Kind, item.Set, item.Id).Value,
                Message = FormattableString.Invariant($"The store holds no copy of it; it has {item.Length} bytes."),
            });
        }

        if (faults.Count > 0)
        {
            found[item] = whole
                ? [.. faults.Select(fault => fault with { Message = fault.Message + " Another copy of it is whole." })]
                : [.. faults.Select(fault => fault with { IsError = true, IsDamage = true })];
        }
    }

    private async Task<TestFinding?> FaultAsync(BlobEntry copy, WrittenObject item, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref objectCount);
        if (copy.Length != item.Length)
        {
            return Fault(copy, FindingKind.Damaged, Math.Min(copy.Length, item.Length), FormattableString.Invariant($"It has {copy.Length} bytes, not {item.Length}."));
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            using var hash = new RunningHash();
            string? header = null;
            for (long offset = 0; offset < item.Length;)
            {
                Memory<byte> piece = buffer.AsMemory(0, (int)Math.Min(Piece, item.Length - offset));
                int count = await store.GetAsync(copy.Name, offset, piece, cancellationToken).ConfigureAwait(false);
                if (count != piece.Length)
                {
                    return Fault(copy, FindingKind.Damaged, offset + count, FormattableString.Invariant($"It ends at {offset + count}, not at {item.Length}."));
                }

                hash.Append(piece.Span);
                header ??= HeaderFault(piece.Span, item, copy.Name.Value);
                offset += count;
                meter.Add(count);
            }

            return Compare(copy, item, hash, header);
        }
        catch (StorageException exception) when (exception.ErrorId is "ObjectNotFound")
        {
            return Fault(copy, FindingKind.Missing, -1, "It was listed and is gone.");
        }
        catch (StorageException exception) when (!exception.IsTransient)
        {
            return Fault(copy, FindingKind.Damaged, -1, exception.Message);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static TestFinding? Compare(BlobEntry copy, WrittenObject item, RunningHash hash, string? header)
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        hash.Finish(digest);
        var read = Digest.Read(digest);
        if (read != item.Hash)
        {
            return Fault(copy, header is { Length: > 0 } ? FindingKind.Exchanged : FindingKind.Damaged, -1, $"Its SHA-256 is {read}, not {item.Hash}. {header}".TrimEnd());
        }

        return header is { Length: > 0 } ? Fault(copy, FindingKind.Exchanged, 0, header) : null;
    }

    /// <summary>Empty where the header fits, or where the bytes hold none: their hash tells that.</summary>
    private string HeaderFault(ReadOnlySpan<byte> start, WrittenObject item, string name)
    {
        ObjectHeader header;
        try
        {
            header = ObjectHeader.Read(start, name);
        }
        catch (PortabilityException exception) when (exception is IntegrityException or InvalidFormatException)
        {
            return string.Empty;
        }

        try
        {
            header.Expect(repository, item.Kind, item.Set, item.Id, name);
            return string.Empty;
        }
        catch (IntegrityException exception)
        {
            return exception.Message;
        }
    }

    private static TestFinding Fault(BlobEntry copy, FindingKind kind, long offset, string message) =>
        new() { Kind = kind, ObjectName = copy.Name.Value, Offset = offset, Message = message };
}
