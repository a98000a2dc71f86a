using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Portability.Core.Checksums;
using Xunit;

namespace Portability.Core.Tests.Checksums;

public sealed class ChecksumTests
{
    [Fact]
    public void Check_values_are_those_of_the_catalogue()
    {
        byte[] check = Encoding.ASCII.GetBytes("123456789");
        Assert.Equal(0xCBF43926u, Crc32.Compute(check));
        Assert.Equal(0xE3069283u, Crc32C.Compute(check));
        Assert.Equal(0u, Crc32.Compute([]));
        Assert.Equal(0u, Crc32C.Compute([]));
    }

    /// <summary>RFC 3720, appendix B.4.</summary>
    [Fact]
    public void Castagnoli_of_the_iscsi_examples()
    {
        byte[] ascending = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute(Enumerable.Repeat((byte)0xFF, 32).ToArray()));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute(ascending));
        Assert.Equal(0x113FDB5Cu, Crc32C.Compute([.. ascending.Reverse()]));
    }

    [Fact]
    public void Both_equal_a_bit_by_bit_reference_in_one_piece_or_two()
    {
        Prop.ForAll<byte[], byte>((source, at) =>
        {
            int cut = source.Length == 0 ? 0 : at % source.Length;
            uint iso = Reference(source, 0xEDB88320);
            uint castagnoli = Reference(source, 0x82F63B78);
            return Crc32.Compute(source) == iso
                && Crc32.Append(Crc32.Compute(source.AsSpan(0, cut)), source.AsSpan(cut)) == iso
                && Crc32C.Compute(source) == castagnoli
                && Crc32C.AppendByTable(0, source) == castagnoli
                && Crc32C.Append(Crc32C.Compute(source.AsSpan(0, cut)), source.AsSpan(cut)) == castagnoli;
        }).QuickCheckThrowOnFailure();
    }

    private static uint Reference(byte[] source, uint polynomial)
    {
        uint remainder = uint.MaxValue;
        foreach (byte value in source)
        {
            remainder ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                remainder = (remainder & 1) != 0 ? (remainder >> 1) ^ polynomial : remainder >> 1;
            }
        }

        return ~remainder;
    }
}
