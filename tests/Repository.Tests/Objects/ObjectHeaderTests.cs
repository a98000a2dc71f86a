using Portability.Repository.Objects;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests.Objects;

public sealed class ObjectHeaderTests
{
    private static readonly ObjectHeader Sample = new()
    {
        Kind = ObjectKind.Map,
        Set = BlockSet.Data,
        Repository = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
        Id = Id(0x40),
        Lease = RecordId.FromBytes(Convert.FromHexString("0f0e0d0c0b0a09080706050403020100")),
        Epoch = 7,
    };

    [Fact]
    public void BytesAreThoseOfTheText()
    {
        byte[] bytes = new byte[ObjectHeader.Size];
        Sample.Write(bytes);
        Assert.Equal(
            "57504f424a0d0a1a" + "0100" + "02" + "02" + "0100" + "0000" + "00112233445566778899aabbccddeeff"
                + "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f" + "0f0e0d0c0b0a09080706050403020100"
                + "07000000" + "0000000000000000",
            Convert.ToHexStringLower(bytes.AsSpan(0, 92)));
        Assert.Equal(Sample, ObjectHeader.Read(bytes, "maps/x"));
    }

    [Fact]
    public void EveryFlippedBitIsFound()
    {
        byte[] bytes = new byte[ObjectHeader.Size];
        Sample.Write(bytes);
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<PortabilityException>(() => ObjectHeader.Read(bytes, "maps/x"));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void AnotherObjectsHeaderIsRefused()
    {
        Sample.Expect(Sample.Repository, ObjectKind.Map, BlockSet.Data, Sample.Id, "maps/x");
        Assert.Throws<IntegrityException>(() => Sample.Expect(Sample.Repository, ObjectKind.Map, BlockSet.Data, Id(0x41), "maps/x"));
        Assert.Throws<IntegrityException>(() => Sample.Expect(Sample.Repository, ObjectKind.Map, BlockSet.Boot, Sample.Id, "maps/x"));
        Assert.Throws<IntegrityException>(() => Sample.Expect(Guid.Empty, ObjectKind.Map, BlockSet.Data, Sample.Id, "maps/x"));
    }

    [Theory]
    [InlineData("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f", true)]
    [InlineData("404142434445464748494A4b4c4d4e4f505152535455565758595a5b5c5d5e5f", false)]
    [InlineData("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5", false)]
    [InlineData("404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5eg0", false)]
    [InlineData("", false)]
    public void IdsParseExactly(string text, bool valid)
    {
        Assert.Equal(valid, ObjectId.TryParse(text, out ObjectId id));
        Assert.Equal(valid ? text : new string('0', 64), id.ToString());
    }

    [Fact]
    public void IdsSortAsTheirBytes()
    {
        Assert.True(Id(1) < Id(2));
        Assert.True(Id(0x7F) < Id(0x80));
        Assert.True(Id(2).CompareTo(Id(2)) == 0);
    }

    private static ObjectId Id(int first)
    {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(first + i);
        }

        return ObjectId.Read(bytes);
    }
}
