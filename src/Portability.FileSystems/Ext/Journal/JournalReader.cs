using System.Buffers.Binary;

namespace Portability.FileSystems.Ext.Journal;

/// <summary>
/// Reads a log: which transactions are committed, what was revoked, and where the newest content of each block lies. Nothing is written. A last
/// transaction without a commit is normal; whatever else breaks a checksum is refused, since a part of a log is no state that ever was.
/// </summary>
/// <remarks>ext4 data structures, "Journal (jbd2)".</remarks>
internal sealed class JournalReader
{
    private const int HeaderSize = 12;
    private const int RevokeHeaderSize = 16;
    private const int ChecksumSize = 4;
    private const int CommitChecksumAt = 0x10;
    private const byte CommitCrc32 = 1;
    private const int MaximumBlocks = 4 << 20; // of one log: 16 GiB with blocks of 4 KiB

    private readonly JournalFile file;
    private readonly JournalSuperblock superblock;
    private readonly byte[] block;
    private readonly byte[] data;
    private readonly Dictionary<ulong, uint> revoked = [];
    private readonly List<(ulong Block, long Place, bool IsEscaped, uint Sequence)> writes = [];
    private readonly List<(ulong Block, long Place, bool IsEscaped, uint Sequence)> pending = [];
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
                case JournalBlockKind.Descriptor:
                    (at, uint count) = await ReadDescriptorAsync(own, at, sequence, superblock.End - superblock.First - seen, cancellationToken).ConfigureAwait(false);
                    seen += count;
                    break;
                case JournalBlockKind.Revoke:
                    ReadRevoke(own, sequence);
                    break;
                case JournalBlockKind.Commit:
                    if (!Commit(own, sequence) && !await IsLastAsync(at, sequence, cancellationToken).ConfigureAwait(false))
                    {
                        throw Invalid("commit", own, pendingDamage!);
                    }

                    if (pendingDamage is not null)
                    {
                        return await EndAsync(sequence, transactions, cancellationToken).ConfigureAwait(false);
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
        foreach ((ulong target, long place, bool isEscaped, uint written) in writes)
        {
            if (!revoked.TryGetValue(target, out uint until) || (int)(written - until) > 0)
            {
                newest[target] = (place, isEscaped);
            }
        }

        return new JournalImage(newest, transactions, sequence + 1);
    }

    private async Task<(uint At, uint Count)> ReadDescriptorAsync(uint own, uint at, uint sequence, uint room, CancellationToken cancellationToken)
    {
        int end = block.Length - (superblock.HasChecksums ? ChecksumSize : 0);
        RequireTail("descriptor", own);
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
            pending.Add((tag.Block, file.PlaceOf(at), (tag.Flags & JournalTag.Escaped) != 0, sequence));
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
        RequireTail("revoke", own);
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
        else if (superblock.HasCommitChecksums && block[0x0C] == CommitCrc32)
        {
            uint stored = Number(CommitChecksumAt);
            pendingDamage ??= stored == pendingCrc32 ? null : FormattableString.Invariant($"the checksum of transaction {sequence} is 0x{stored:X8} and should be 0x{pendingCrc32:X8}");
        }

        if (pendingDamage is not null)
        {
            return false;
        }

        writes.AddRange(pending);
        foreach ((ulong target, uint until) in pendingRevokes)
        {
            revoked[target] = until;
        }

        pending.Clear();
        pendingRevokes.Clear();
        pendingCrc32 = uint.MaxValue;
        return true;
    }

    // With asynchronous commits a bad last one may have been interrupted: it is the last if no later commit follows.
    private async Task<bool> IsLastAsync(uint at, uint sequence, CancellationToken cancellationToken)
    {
        if (!superblock.Features.HasFlag(JournalFeatures.AsyncCommit))
        {
            return false;
        }

        for (uint seen = 0; seen < superblock.End - superblock.First; seen++, at = Next(at))
        {
            await file.ReadAsync(at, data, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt32BigEndian(data) == JournalSuperblock.Magic
                && (JournalBlockKind)BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4)) == JournalBlockKind.Commit
                && (int)(BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(8)) - sequence) > 0)
            {
                return false;
            }
        }

        return true;
    }

    private async Task RequireNoFastCommitAsync(uint sequence, CancellationToken cancellationToken)
    {
        const ushort Head = 9;
        await file.ReadAsync(superblock.End, data, cancellationToken).ConfigureAwait(false);
        ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(data);
        uint transaction = BinaryPrimitives.ReadUInt32LittleEndian(data.AsSpan(8));
        if (tag == Head && transaction == sequence)
        {
            throw FileErrors.Feature("ext4", FormattableString.Invariant($"fast commits of transaction {sequence} wait in its journal"), "Shut the machine down cleanly and capture it again.", file.Volume);
        }
    }

    private void RequireTail(string structure, uint own)
    {
        if (!superblock.HasChecksums)
        {
            return;
        }

        uint stored = BinaryPrimitives.ReadUInt32BigEndian(block.AsSpan(block.Length - ChecksumSize));
        uint computed = ExtChecksum.Crc32CWithout(superblock.ChecksumSeed, block, block.Length - ChecksumSize, ChecksumSize);
        if (stored != computed)
        {
            throw Invalid(structure, own, FormattableString.Invariant($"its checksum is 0x{stored:X8} and should be 0x{computed:X8}"));
        }
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
