using System.Buffers.Binary;

namespace Portability.FileSystems.Ext.Journal;

/// <summary>
/// Reads a log: which transactions are committed, what was revoked, and where the newest content of each block lies. Nothing is written. A last
/// transaction without a commit is normal, whatever it holds; whatever else breaks a checksum is refused, since a part of a log is no state that ever was.
/// </summary>
/// <remarks>ext4 data structures, "Journal (jbd2)".</remarks>
internal sealed class JournalReader
{
    private const int HeaderSize = 12;
    private const int RevokeHeaderSize = 16;
    private const int ChecksumSize = 4;
    private const int CommitChecksumAt = 0x10;
    private const ushort CommitCrc32 = 0x0104; // its kind and its size
    private const int MaximumBlocks = 4 << 20; // of one log: 16 GiB with blocks of 4 KiB

    private readonly JournalFile file;
    private readonly JournalSuperblock superblock;
    private readonly byte[] block;
    private readonly byte[] data;
    private readonly Dictionary<ulong, uint> revoked = [];
    private readonly Dictionary<ulong, (long Place, bool IsEscaped, uint Sequence)> writes = [];
    private readonly List<(ulong Block, long Place, bool IsEscaped)> pending = [];
    private readonly Dictionary<ulong, uint> pendingRevokes = [];
    private string? pendingDamage;
    private uint pendingCrc32 = uint.MaxValue;

    /// <summary>Initialises a reader.</summary>
    /// <param name="file">The journal.</param>
    /// <param name="superblock">Its superblock; its log is not empty.</param>
    public JournalReader(JournalFile file, JournalSuperblock superblock)
    {
        this.file = file;
        this.superblock = superblock;
        block = new byte[file.BlockSize];
        data = new byte[file.BlockSize];
        if (superblock.BlockSize != file.BlockSize || superblock.BlockCount > file.BlockCount)
        {
            throw ExtErrors.Invalid(
                file.Volume, "journal superblock", -1, FormattableString.Invariant($"it tells of {superblock.BlockCount} blocks of {superblock.BlockSize} bytes, and its file has {file.BlockCount} of {file.BlockSize}"));
        }
    }

    /// <summary>Reads the log.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="InvalidFormatException">It is damaged other than by a last transaction without a commit.</exception>
    /// <exception cref="UnsupportedFeatureException">Fast commits wait in it.</exception>
    public async Task<JournalImage> ReadAsync(CancellationToken cancellationToken)
    {
        uint at = superblock.Start, sequence = superblock.Sequence, seen = 0;
        int transactions = 0;
        while (seen < superblock.End - superblock.First)
        {
            await file.ReadAsync(at, block, cancellationToken).ConfigureAwait(false);
            if (Number(0) != JournalSuperblock.Magic || Number(8) != sequence)
            {
                break;
            }

            uint own = at;
            at = Next(at);
            seen++;
            switch ((JournalBlockKind)Number(4))
            {
                case JournalBlockKind.Descriptor or JournalBlockKind.Revoke when TailDamage() is { } damage:
                    // Of a transaction that never was committed, a block may have been written in part.
                    return await IsLastAsync(at, sequence, cancellationToken).ConfigureAwait(false)
                        ? await EndAsync(sequence, transactions, cancellationToken).ConfigureAwait(false)
                        : throw Invalid(Number(4) == (uint)JournalBlockKind.Descriptor ? "descriptor" : "revoke", own, damage);
                case JournalBlockKind.Descriptor:
                    (at, uint count) = await ReadDescriptorAsync(own, at, sequence, superblock.End - superblock.First - seen, cancellationToken).ConfigureAwait(false);
                    seen += count;
                    break;
                case JournalBlockKind.Revoke:
                    ReadRevoke(own, sequence);
                    break;
                case JournalBlockKind.Commit:
                    if (!Commit(own, sequence))
                    {
                        // With asynchronous commits a bad one may have been interrupted: it is the last if no later one follows.
                        return superblock.Features.HasFlag(JournalFeatures.AsyncCommit) && await IsLastAsync(at, sequence + 1, cancellationToken).ConfigureAwait(false)
                            ? await EndAsync(sequence, transactions, cancellationToken).ConfigureAwait(false)
                            : throw Invalid("commit", own, pendingDamage!);
                    }

                    transactions++;
                    sequence++;
                    break;
                default:
                    throw Invalid("block", own, FormattableString.Invariant($"its kind is {Number(4)}"));
            }
        }

        return await EndAsync(sequence, transactions, cancellationToken).ConfigureAwait(false);
    }

    private async Task<JournalImage> EndAsync(uint sequence, int transactions, CancellationToken cancellationToken)
    {
        if (superblock.FastCommitBlocks > 0)
        {
            await RequireNoFastCommitAsync(sequence, cancellationToken).ConfigureAwait(false);
        }

        var newest = new Dictionary<ulong, (long, bool)>();
        foreach ((ulong target, (long place, bool isEscaped, uint written)) in writes)
        {
            if (!revoked.TryGetValue(target, out uint until) || (int)(written - until) > 0)
            {
                newest.Add(target, (place, isEscaped));
            }
        }

        return new JournalImage(newest, transactions, sequence + 1);
    }

    private async Task<(uint At, uint Count)> ReadDescriptorAsync(uint own, uint at, uint sequence, uint room, CancellationToken cancellationToken)
    {
        int end = block.Length - (superblock.HasChecksums ? ChecksumSize : 0);
        AddCrc32(block);
        uint count = 0;
        for (int position = HeaderSize; position + superblock.TagSize <= end;)
        {
            JournalTag tag = JournalTag.Read(block.AsSpan(position), superblock);
            position += superblock.TagSize + ((tag.Flags & JournalTag.SameUuid) == 0 ? JournalTag.UuidSize : 0);
            if (count == room || writes.Count + pending.Count >= MaximumBlocks)
            {
                throw Invalid("descriptor", own, "it names more blocks than the log has");
            }

            await CheckDataAsync(tag, at, sequence, cancellationToken).ConfigureAwait(false);
            if (tag.Block >= file.VolumeBlockCount)
            {
                pendingDamage ??= FormattableString.Invariant($"transaction {sequence} writes block {tag.Block} of a volume of {file.VolumeBlockCount}");
            }

            pending.Add((tag.Block, file.PlaceOf(at), (tag.Flags & JournalTag.Escaped) != 0));
            at = Next(at);
            count++;
            if ((tag.Flags & JournalTag.Last) != 0)
            {
                break;
            }
        }

        return (at, count);
    }

    private async ValueTask CheckDataAsync(JournalTag tag, uint at, uint sequence, CancellationToken cancellationToken)
    {
        if (!superblock.HasChecksums && !superblock.HasCommitChecksums)
        {
            return;
        }

        await file.ReadAsync(at, data, cancellationToken).ConfigureAwait(false);
        if (superblock.HasCommitChecksums)
        {
            AddCrc32(data);
            return;
        }

        byte[] number = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(number, sequence);
        uint computed = ExtChecksum.Crc32C(ExtChecksum.Crc32C(superblock.ChecksumSeed, number), data);
        bool isWhole = superblock.Features.HasFlag(JournalFeatures.ChecksumVersion3) ? tag.Checksum == computed : tag.Checksum == (computed & 0xFFFF);
        if (!isWhole)
        {
            // Without its commit the transaction never was, and its data may well be old.
            pendingDamage ??= FormattableString.Invariant($"the content of block {tag.Block} in transaction {sequence} has not the checksum that its descriptor tells");
        }
    }

    private void ReadRevoke(uint own, uint sequence)
    {
        int size = superblock.Features.HasFlag(JournalFeatures.Wide) ? sizeof(ulong) : sizeof(uint);
        uint used = Number(HeaderSize);
        if (used < RevokeHeaderSize || used > block.Length - (superblock.HasChecksums ? ChecksumSize : 0))
        {
            throw Invalid("revoke", own, FormattableString.Invariant($"it uses {used} of {block.Length} bytes"));
        }

        for (int position = RevokeHeaderSize; position + size <= used; position += size)
        {
            ulong target = size == sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(block.AsSpan(position)) : Number(position);
            pendingRevokes[target] = sequence;
        }
    }

    /// <summary>Takes a transaction whose commit was met.</summary>
    /// <returns>False if its checksum or that of its data is wrong.</returns>
    private bool Commit(uint own, uint sequence)
    {
        if (superblock.HasChecksums)
        {
            uint stored = Number(CommitChecksumAt), computed = ExtChecksum.Crc32CWithout(superblock.ChecksumSeed, block, CommitChecksumAt, sizeof(uint));
            pendingDamage ??= stored == computed ? null : FormattableString.Invariant($"the checksum of the commit of transaction {sequence} is 0x{stored:X8} and should be 0x{computed:X8}");
        }
        else if (superblock.HasCommitChecksums)
        {
            uint stored = Number(CommitChecksumAt);
            ushort kind = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(0x0C));
            bool hasNone = kind == 0 && stored == 0; // written before the feature was set
            pendingDamage ??= kind == CommitCrc32 || hasNone ? null : FormattableString.Invariant($"the checksum of transaction {sequence} is of the unknown kind 0x{kind:X4}");
            pendingDamage ??= hasNone || stored == pendingCrc32 ? null : FormattableString.Invariant($"the checksum of transaction {sequence} is 0x{stored:X8} and should be 0x{pendingCrc32:X8}");
        }

        if (pendingDamage is not null)
        {
            return false;
        }

        foreach ((ulong target, long place, bool isEscaped) in pending)
        {
            writes[target] = (place, isEscaped, sequence);
        }

        foreach ((ulong target, uint until) in pendingRevokes)
        {
            revoked[target] = until;
        }

        pending.Clear();
        pendingRevokes.Clear();
        pendingCrc32 = uint.MaxValue;
        return true;
    }

    // True if no commit of a sequence number, or of one behind it, lies in the log.
    private async Task<bool> IsLastAsync(uint at, uint sequence, CancellationToken cancellationToken)
    {
        for (uint seen = 0; seen < superblock.End - superblock.First; seen++, at = Next(at))
        {
            await file.ReadAsync(at, data, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt32BigEndian(data) == JournalSuperblock.Magic
                && (JournalBlockKind)BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4)) == JournalBlockKind.Commit
                && (int)(BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(8)) - sequence) >= 0)
            {
                return false;
            }
        }

        return true;
    }

    // The first block behind the log is left out: so Linux counts (jbd2, j_fc_first).
    private async Task RequireNoFastCommitAsync(uint sequence, CancellationToken cancellationToken)
    {
        const ushort Head = 9;
        if (superblock.FastCommitBlocks == 1)
        {
            return;
        }

        await file.ReadAsync(superblock.End + 1, data, cancellationToken).ConfigureAwait(false);
        ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(data);
        uint transaction = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(8));
        if (tag == Head && transaction == sequence)
        {
            throw FileErrors.Feature("ext4", FormattableString.Invariant($"fast commits of transaction {sequence} wait in its journal"), "Shut the machine down cleanly and capture it again.", file.Volume);
        }
    }

    // What is wrong with the checksum at the end of a descriptor or revoke block; null where there is none.
    private string? TailDamage()
    {
        if (!superblock.HasChecksums)
        {
            return null;
        }

        uint stored = BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(block.Length - ChecksumSize));
        uint computed = ExtChecksum.Crc32CWithout(superblock.ChecksumSeed, block, block.Length - ChecksumSize, ChecksumSize);
        return stored == computed ? null : FormattableString.Invariant($"its checksum is 0x{stored:X8} and should be 0x{computed:X8}");
    }

    private void AddCrc32(ReadOnlySpan<byte> source)
    {
        if (superblock.HasCommitChecksums)
        {
            pendingCrc32 = JournalCrc32.Append(pendingCrc32, source);
        }
    }

    private InvalidFormatException Invalid(string structure, uint own, string fact) =>
        ExtErrors.Invalid(file.Volume, "journal " + structure, file.PlaceOf(own), fact);

    private uint Next(uint at) => at + 1 >= superblock.End ? superblock.First : at + 1;

    private uint Number(int at) => BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(at));
}
