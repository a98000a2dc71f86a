using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Objects;

namespace Portability.Repository.Locations;

/// <summary>Checks a run while its bytes arrive, so that it need not be read twice: header, trailer and signature. One thread at a time.</summary>
/// <remarks>FORMAT.md, section 12.</remarks>
public sealed class RunArrival : IDisposable
{
    private readonly Guid repository;
    private readonly ObjectId id;
    private readonly BlobName name;
    private readonly long length;
    private readonly byte[] start = new byte[ObjectHeader.Size];
    private readonly byte[] end = new byte[RunTrailer.Size];
    private readonly RunningHash all = new();
    private readonly RunningHash signed = new();

    /// <summary>Initialises before the first byte.</summary>
    /// <param name="repository">The repository's id.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="name">Where it is read, for errors.</param>
    /// <param name="length">Its whole length in bytes.</param>
    /// <exception cref="IntegrityException">Too short for a run.</exception>
    public RunArrival(Guid repository, ObjectId id, BlobName name, long length)
    {
        this.repository = repository;
        this.id = id;
        this.name = name;
        this.length = length;
        if (length < ObjectHeader.Size + RunTrailer.Size)
        {
            throw Damage.At(name.Value, length, "the object ends, too short for a run");
        }
    }

    /// <summary>Takes the bytes that follow.</summary>
    /// <param name="piece">Bytes; in all no more than the length.</param>
    public void Append(ReadOnlySpan<byte> piece)
    {
        long at = all.Length;
        Keep(piece, at, start, 0);
        Keep(piece, at, end, length - end.Length);
        all.Append(piece);
        long left = length - RunTrailer.SignatureSize - at;
        if (left > 0)
        {
            signed.Append(piece[..(int)Math.Min(left, piece.Length)]);
        }
    }

    /// <summary>Judges the run after its last byte.</summary>
    /// <param name="find">Gives the key of a signer that may put runs, or null.</param>
    /// <returns>SHA-256 of the run.</returns>
    /// <exception cref="PortabilityException">It is damaged, breaks the format, or was not signed by such a signer.</exception>
    public byte[] Complete(Func<KeyFingerprint, VerificationKey?> find)
    {
        var header = ObjectHeader.Read(start, name.Value);
        header.Expect(repository, ObjectKind.Run, header.Set, id, name.Value);
        RunTrailer trailer = RunTrailer.Read(end, length, name.Value);
        byte[] digest = new byte[ContentHash.Size];
        signed.Finish(digest);
        if (find(trailer.Signer) is not { } key || !key.Verify(RunTrailer.Signed(digest), end.AsSpan(end.Length - RunTrailer.SignatureSize)))
        {
            throw Damage.At(name.Value, length - RunTrailer.Size, "the run is not signed by a key that may put runs");
        }

        all.Finish(digest);
        return digest;
    }

    /// <summary>Releases the hashes.</summary>
    public void Dispose()
    {
        all.Dispose();
        signed.Dispose();
    }

    /// <summary>Copies what a piece has of a part.</summary>
    private static void Keep(ReadOnlySpan<byte> piece, long at, Span<byte> part, long partAt)
    {
        long from = Math.Max(at, partAt), to = Math.Min(at + piece.Length, partAt + part.Length);
        if (from < to)
        {
            piece[(int)(from - at)..(int)(to - at)].CopyTo(part[(int)(from - partAt)..]);
        }
    }
}
