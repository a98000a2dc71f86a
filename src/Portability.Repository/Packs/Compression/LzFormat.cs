namespace Portability.Repository.Packs.Compression;

/// <summary>Numbers of the packed form of frames.</summary>
/// <remarks>FORMAT.md section 9.1.</remarks>
internal static class LzFormat
{
    /// <summary>Bytes that one segment unpacks to; the last one may be shorter.</summary>
    public const int SegmentLength = 128 << 10;

    /// <summary>Segment: the bytes follow.</summary>
    public const byte Stored = 0;

    /// <summary>Segment: sections of literals, tokens and offset codes, and extra bits.</summary>
    public const byte Packed = 1;

    /// <summary>Bytes before the sections: mode (1), literals (3), sequences (3), bytes of extra bits (3).</summary>
    public const int HeaderSize = ExtraAt + HuffmanSection.SizeLength;

    public const int ModeAt = 0, LiteralsAt = ModeAt + 1, SequencesAt = LiteralsAt + HuffmanSection.SizeLength, ExtraAt = SequencesAt + HuffmanSection.SizeLength;

    /// <summary>Shortest match.</summary>
    public const int LeastMatch = 4;

    /// <summary>Bits of a token that hold the match length; the others hold the number of literals.</summary>
    public const int MatchBits = 5;

    /// <summary>Match lengths in a token; this one means that more follows in the extra bits.</summary>
    public const int LongMatch = (1 << MatchBits) - 1;

    /// <summary>Numbers of literals in a token; this one means that more follows in the extra bits.</summary>
    public const int LongLiterals = (1 << (8 - MatchBits)) - 1;

    /// <summary>Offset codes below this one name an offset used before: the last one, or the one before that.</summary>
    public const int RepeatCodes = 2;

    /// <summary>Most extra bits of an offset: frames are never longer.</summary>
    public const int MaximumOffsetBits = 22;

    /// <summary>Bits that tell how many bits a long length has.</summary>
    public const int LengthBits = 5;
}
