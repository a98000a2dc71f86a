using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Repositories;
using Xunit;

namespace Portability.Repository.Tests.Repositories;

public sealed class RepositoryConfigurationTests
{
    private const string Valid =
        """{"format":1,"id":"11223344-5566-4788-99aa-bbccddeeff00","suite":1,"blockSize":65536,"dedup":"repository","padPacks":false,"random":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}""";

    [Theory]
    [InlineData(4096, DedupScope.Repository, false)]
    [InlineData(65536, DedupScope.Workload, true)]
    [InlineData(4 << 20, DedupScope.Repository, true)]
    public void What_is_made_is_read(int blockSize, DedupScope scope, bool padPacks)
    {
        RepositoryConfiguration made = RepositoryConfiguration.Create(RandomSource.System, blockSize, scope, padPacks);
        RepositoryConfiguration read = RepositoryConfiguration.Parse(made.Bytes);

        Assert.Equal((made.Id, blockSize, scope, padPacks, made.Hash), (read.Id, read.BlockSize, read.DedupScope, read.PadPacks, read.Hash));
    }

    [Fact]
    public void The_bytes_of_fixed_input_never_change() => Assert.Equal(
        """{"format":1,"id":"4cbbd8ca-5215-48d1-a1ae-c181a74b694f","suite":1,"blockSize":65536,"dedup":"repository","padPacks":false,"random":"4e24b001d5b081dc0030ed797a8973e0814dd7b9784d57c15b9c2972e9b4fd6c"}""",
        Encoding.UTF8.GetString(RepositoryConfiguration.Create(new SeededRandomSource(1)).Bytes.Span));

    [Theory]
    [InlineData(0)]
    [InlineData(2048)]
    [InlineData(65535)]
    [InlineData(8 << 20)]
    [InlineData(-65536)]
    public void Another_block_size_is_refused(int blockSize) =>
        Assert.Equal("BlockSizeInvalid", Assert.Throws<RepositoryException>(() => RepositoryConfiguration.Create(RandomSource.System, blockSize)).ErrorId);

    [Theory]
    [InlineData("\"format\":1", "\"format\":2", "FormatTooNew")]
    [InlineData("\"suite\":1", "\"suite\":2", "SuiteUnsupported")]
    [InlineData("\"suite\":1", "\"suite\":0", "SuiteUnsupported")]
    public void What_a_later_version_may_hold_is_named(string member, string other, string errorId) => Assert.Equal(
        errorId, Assert.Throws<UnsupportedFeatureException>(() => Parse(Valid.Replace(member, other, StringComparison.Ordinal))).ErrorId);

    [Theory]
    [InlineData("\"format\":1", "\"format\":0")]
    [InlineData("65536", "65537")]
    [InlineData("65536", "2048")]
    [InlineData("65536", "8388608")]
    [InlineData("\"repository\"", "\"machine\"")]
    [InlineData("false", "0")]
    [InlineData("0011", "001")]
    [InlineData("\"random\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"", "\"random\":\"\"")]
    [InlineData("11223344-5566-4788-99aa-bbccddeeff00", "00000000-0000-0000-0000-000000000000")]
    [InlineData("{\"format\"", "{\"form\"")]
    [InlineData("}", "} x")]
    public void Anything_else_is_no_repository(string part, string other)
    {
        RepositoryException error = Assert.Throws<RepositoryException>(() => Parse(Valid.Replace(part, other, StringComparison.Ordinal)));

        Assert.Equal("NotARepository", error.ErrorId);
        Assert.Contains("'D:\\Vault'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_one_is_not_even_parsed() =>
        Assert.Equal("NotARepository", Assert.Throws<RepositoryException>(() => Parse(Valid + new string(' ', 64 << 10))).ErrorId);

    [Fact]
    public void Later_members_are_ignored() => Assert.Equal(65536, Parse(Valid.Replace("{\"format\"", "{\"later\":{},\"format\"", StringComparison.Ordinal)).BlockSize);

    private static RepositoryConfiguration Parse(string json) => RepositoryConfiguration.Parse(Encoding.UTF8.GetBytes(json), @"D:\Vault");
}
