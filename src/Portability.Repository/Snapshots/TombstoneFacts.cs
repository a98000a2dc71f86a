using Portability.Repository.Records;
using Portability.Repository.Signers;

namespace Portability.Repository.Snapshots;

/// <summary>
/// Tombstones of another store, kept beside the manifests as facts: they remove nothing here, and tell that a number which is missing was
/// removed there, and by which hash its manifest is known.
/// </summary>
/// <remarks>FORMAT.md, sections 13 and 15. Only what a signer with `remove` signed travels: another store's receipt key is not known here.</remarks>
public static class TombstoneFacts
{
    /// <summary>Most bytes of a record.</summary>
    public const int MaximumSize = 64 << 20;

    /// <summary>Reads the tombstones of a record that belong to one store.</summary>
    /// <param name="record">A single tombstone or a merged one.</param>
    /// <param name="name">The parts of its name: its workload and numbers, and where it is a fact its store.</param>
    /// <param name="trust">Judges its signer.</param>
    /// <param name="instance">The store where it counts.</param>
    /// <returns>Its tombstones; none where it does not count as a fact.</returns>
    public static IReadOnlyList<Tombstone> Read(SignedRecord record, RepositoryName name, TrustChain trust, Guid instance)
    {
        bool merged = name.Kind is RepositoryNameKind.MergedTombstones or RepositoryNameKind.MergedTombstoneFact;
        try
        {
            record.Require(merged ? RecordKind.MergedTombstones : RecordKind.Tombstone, trust.Configuration.Id);
            TombstoneBody[] bodies = merged ? Merged(record, name) : [record.ReadBody(TombstoneJson.Default.TombstoneBody)];
            bool counts = bodies.Length > 0 && Array.TrueForAll(
                bodies,
                body => body is not null
                    && body.Instance == instance
                    && body.Workload == name.Workload
                    && body.Number >= name.Number
                    && body.Number <= (merged ? name.Last : name.Number)
                    && trust.HasRight(record.Signer, SignerRights.Remove, body.Workload, body.Number, record.Hash));
            return counts && record.IsSignedBy(trust.FindSigner(record.Signer)!.Key) ? [.. bodies.Select(Tombstone.From)] : [];
        }
        catch (PortabilityException exception) when (exception is InvalidFormatException or IntegrityException)
        {
            return []; // what is no tombstone tells nothing; checks report it
        }
    }

    private static TombstoneBody[] Merged(SignedRecord record, RepositoryName name)
    {
        MergedTombstonesBody body = record.ReadBody(TombstoneJson.Default.MergedTombstonesBody);
        return body.Workload == name.Workload && body.From == name.Number && body.To == name.Last ? body.Tombstones : [];
    }
}
