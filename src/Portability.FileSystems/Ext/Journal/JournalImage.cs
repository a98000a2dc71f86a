namespace Portability.FileSystems.Ext.Journal;

/// <summary>Where the newest content of blocks lies that a log holds.</summary>
/// <param name="Blocks">By block of the volume: offset of its content in the volume in bytes, and whether its first four bytes are the magic number.</param>
/// <param name="Transactions">Committed transactions.</param>
/// <param name="NextSequence">Sequence number that a log begun anew starts with.</param>
internal sealed record JournalImage(IReadOnlyDictionary<ulong, (long Place, bool IsEscaped)> Blocks, int Transactions, uint NextSequence);
