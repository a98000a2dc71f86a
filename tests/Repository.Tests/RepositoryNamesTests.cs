using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Objects;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests;

public sealed class RepositoryNamesTests
{
    private const string Hex64 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    private const string Hex32 = "ffeeddccbbaa99887766554433221100";
    private const string Workload = "0a0b0c0d-0e0f-4011-8213-141516171819";

    public static TheoryData<string, string> Built()
    {
        Guid workload = Guid.Parse(Workload);
        Assert.True(RecordId.TryParse(Hex32, out RecordId id));
        Assert.True(ObjectId.TryParse(Hex64, out ObjectId pack));
        return new TheoryData<string, string>
        {
            { "repository.json", RepositoryNames.Configuration.Value },
            { "trust/0000000007", RepositoryNames.Trust(7).Value },
            { $"trust/0000000001.{Hex32}", RepositoryNames.FirstTrust(id).Value },
            { $"trust/slots/{Hex32}", RepositoryNames.Slot(id).Value },
            { $"packs/boot/00/{Hex64}.0", RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Boot, pack).Value },
            { $"packs/data/00/{Hex64}.{Hex32}", RepositoryNames.StoredObject(ObjectKind.Pack, BlockSet.Data, pack, id).Value },
            { $"maps/00/{Hex64}.0", RepositoryNames.StoredObject(ObjectKind.Map, BlockSet.Boot, pack).Value },
            { $"references/00/{Hex64}.0", RepositoryNames.StoredObject(ObjectKind.Reference, BlockSet.None, pack).Value },
            { $"locations/00/{Hex64}.0", RepositoryNames.StoredObject(ObjectKind.Run, BlockSet.Data, pack).Value },
            { $"substitutions/{Hex64}.{Hex32}", RepositoryNames.Substitution(pack, id).Value },
            { $"verified/{Hex64}.{Hex32}", RepositoryNames.Verified(pack, id).Value },
            { $"workloads/{Workload}/0000000002", RepositoryNames.Registration(workload, 2).Value },
            { $"workloads/{Workload}/home-0000000003", RepositoryNames.Home(workload, 3).Value },
            { $"snapshots/{Workload}/9999999999", RepositoryNames.Manifest(workload, 9_999_999_999).Value },
            { $"snapshots/{Workload}/0000000001.{Hex32}", RepositoryNames.Manifest(workload, 1, id).Value },
            { $"snapshots/{Workload}/0000000001.tombstone", RepositoryNames.Tombstone(workload, 1).Value },
            { $"snapshots/{Workload}/0000000001-0000000009.tombstones", RepositoryNames.MergedTombstones(workload, 1, 9).Value },
            { $"snapshots/{Workload}/0000000001.tombstone-{Workload}", RepositoryNames.Tombstone(workload, 1, workload).Value },
            { $"snapshots/{Workload}/0000000001-0000000009.tombstones-{Workload}", RepositoryNames.MergedTombstones(workload, 1, 9, workload).Value },
            { $"snapshots/{Workload}/0000000001.fork-0011223344556677", RepositoryNames.Fork(workload, 1, Convert.FromHexString(Hex64)).Value },
            { "receipts/instance", RepositoryNames.Instance.Value },
            { $"receipts/{Workload}/0000000001", RepositoryNames.Receipt(workload, 1).Value },
            { $"leases/{Hex32}/0000000000", RepositoryNames.Lease(id, 0).Value },
            { $"leases/{Hex32}/announcement-0000000001", RepositoryNames.Announcement(id, 1).Value },
            { "condemned/0000000004/0000000000", RepositoryNames.Condemned(4, 0).Value },
        };
    }

    [Theory]
    [MemberData(nameof(Built))]
    public void Names_are_those_of_the_format(string expected, string built) => Assert.Equal(expected, built);

    [Theory]
    [MemberData(nameof(Built))]
    public void Names_are_taken_apart_and_built_again(string name, string built)
    {
        Assert.True(RepositoryNames.TryParse(BlobName.Parse(name), out RepositoryName parts));
        Assert.Equal(built, Rebuild(parts).Value);
    }

    [Theory]
    [InlineData("trust/1")]
    [InlineData("trust/00000000011")]
    [InlineData("trust/0000000002." + Hex32)]
    [InlineData("trust/0000000001.")]
    [InlineData("packs/other/00/" + Hex64 + ".0")]
    [InlineData("packs/data/01/" + Hex64 + ".0")]
    [InlineData("packs/data/00/" + Hex64)]
    [InlineData("packs/data/00/" + Hex64 + ".1")]
    [InlineData("packs/data/00/" + Hex64 + ".00")]
    [InlineData("maps/00/" + Hex32 + ".0")]
    [InlineData("snapshots/" + Workload + "/1.tombstone")]
    [InlineData("snapshots/" + Workload + "/0000000009-0000000001.tombstones")]
    [InlineData("snapshots/" + Workload + "/0000000001.fork-00112233445566")]
    [InlineData("snapshots/0A0B0C0D-0e0f-4011-8213-141516171819/0000000001")]
    [InlineData("snapshots/0a0b0c0d0e0f40118213141516171819/0000000001")]
    [InlineData("snapshots/" + Workload + "/0000000001.tombstone-")]
    [InlineData("snapshots/" + Workload + "/0000000001-" + Workload)]
    [InlineData("snapshots/" + Workload + "/0000000001.tombstone-" + Workload + "-" + Workload)]
    [InlineData("snapshots/" + Workload + "/0000000001.fork-0011223344556677-" + Workload)]
    [InlineData("leases/" + Hex32 + "/beat")]
    [InlineData("condemned/4/0")]
    [InlineData("readme.txt")]
    [InlineData("repository.json/x")]
    public void What_is_spelled_otherwise_is_not_of_the_format(string name)
    {
        if (BlobName.TryParse(name, out BlobName parsed))
        {
            Assert.False(RepositoryNames.TryParse(parsed, out _));
        }
    }

    [Fact]
    public void A_number_that_does_not_fit_is_refused()
    {
        Assert.Equal("NumberTooLarge", Assert.Throws<RepositoryException>(() => RepositoryNames.Trust(10_000_000_000)).ErrorId);
        Assert.Equal("NumberTooLarge", Assert.Throws<RepositoryException>(() => RepositoryNames.Trust(-1)).ErrorId);
    }

    [Fact]
    public void Any_parsed_name_is_the_name_that_is_built()
    {
        var random = new SeededRandomSource(3);
        string[] names = [.. Built().Select(row => row.Data.Item1)];
        int parsed = 0;
        for (int round = 0; round < 20_000; round++)
        {
            char[] text = names[random.NextInt32(names.Length)].ToCharArray();
            text[random.NextInt32(text.Length)] = "0123456789abcdefxyz.-/"[random.NextInt32(22)];
            if (BlobName.TryParse(new string(text), out BlobName name) && RepositoryNames.TryParse(name, out RepositoryName parts))
            {
                parsed++;
                Assert.Equal(name, Rebuild(parts));
            }
        }

        Assert.True(parsed > 1000);
    }

    private static BlobName Rebuild(RepositoryName parts) => parts.Kind switch
    {
        RepositoryNameKind.Configuration => RepositoryNames.Configuration,
        RepositoryNameKind.Trust => parts.Id is { } record ? RepositoryNames.FirstTrust(record) : RepositoryNames.Trust(parts.Number),
        RepositoryNameKind.Slot => RepositoryNames.Slot(parts.Id!.Value),
        RepositoryNameKind.StoredObject => RepositoryNames.StoredObject(parts.ObjectKind, parts.Set, parts.ObjectId, parts.Copy),
        RepositoryNameKind.Substitution => RepositoryNames.Substitution(parts.ObjectId, parts.Id!.Value),
        RepositoryNameKind.Verified => RepositoryNames.Verified(parts.ObjectId, parts.Id!.Value),
        RepositoryNameKind.Registration => RepositoryNames.Registration(parts.Workload, parts.Number),
        RepositoryNameKind.Home => RepositoryNames.Home(parts.Workload, parts.Number),
        RepositoryNameKind.Manifest => RepositoryNames.Manifest(parts.Workload, parts.Number, parts.Id),
        RepositoryNameKind.Tombstone => RepositoryNames.Tombstone(parts.Workload, parts.Number),
        RepositoryNameKind.MergedTombstones => RepositoryNames.MergedTombstones(parts.Workload, parts.Number, parts.Last),
        RepositoryNameKind.TombstoneFact => RepositoryNames.Tombstone(parts.Workload, parts.Number, parts.Instance),
        RepositoryNameKind.MergedTombstoneFact => RepositoryNames.MergedTombstones(parts.Workload, parts.Number, parts.Last, parts.Instance),
        RepositoryNameKind.Fork => RepositoryNames.Fork(parts.Workload, parts.Number, Convert.FromHexString(parts.ForkHash.ToString("x16"))),
        RepositoryNameKind.Instance => RepositoryNames.Instance,
        RepositoryNameKind.Receipt => RepositoryNames.Receipt(parts.Workload, parts.Number),
        RepositoryNameKind.Lease => RepositoryNames.Lease(parts.Id!.Value, parts.Number),
        RepositoryNameKind.Announcement => RepositoryNames.Announcement(parts.Id!.Value, parts.Number),
        RepositoryNameKind.Condemned => RepositoryNames.Condemned(parts.Number, parts.Last),
        _ => throw new InvalidOperationException(parts.Kind.ToString()),
    };
}
