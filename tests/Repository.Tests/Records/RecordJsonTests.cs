using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Records;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;
using Xunit;

namespace Portability.Repository.Tests.Records;

/// <summary>The limits of JSON bodies.</summary>
public sealed class RecordJsonTests
{
    private const string Body = """{"instance":"0a0b0c0d-0e0f-4011-8213-141516171819","key":"AAAA"}""";

    [Fact]
    public void A_body_is_read() => Assert.Equal(new Guid("0a0b0c0d-0e0f-4011-8213-141516171819"), Read(Body).Instance);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData(Body + "{}")]
    [InlineData(Body + " x")]
    [InlineData("\uFEFF" + Body)]
    [InlineData("/* c */" + Body)]
    [InlineData("""{"instance":"0a0b0c0d-0e0f-4011-8213-141516171819","key":"AAAA",}""")]
    [InlineData("""{"instance":"0a0b0c0d-0e0f-4011-8213-141516171819","key":null}""")]
    [InlineData("""{"instance":"0a0b0c0d-0e0f-4011-8213-141516171819","key":"not base64!"}""")]
    [InlineData("""{"instance":"0a0b0c0d-0e0f-4011-8213-141516171819","key":"AAAA","key":"AAAA"}""")]
    [InlineData("""{"instance":"0a0b0c0d","key":"AAAA"}""")]
    [InlineData("""{"instance":5,"key":"AAAA"}""")]
    public void What_is_not_exactly_one_body_is_refused(string json) => Assert.Throws<InvalidFormatException>(() => Read(json));

    [Fact]
    public void Depth_is_at_most_sixteen()
    {
        Read(Deep(15));
        Assert.Throws<InvalidFormatException>(() => Read(Deep(16)));
        Assert.Throws<InvalidFormatException>(() => Read(Deep(1_000_000)));
    }

    [Fact]
    public void Text_that_is_not_UTF8_is_refused()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"number":1,"previous":"","epoch":1,"mac":"","created":"2031-02-03T04:05:06Z","admitOwners":[{"key":"AAAA","name":"#"}]}""");
        json[Array.IndexOf(json, (byte)'#')] = 0xFF;

        Assert.Throws<InvalidFormatException>(() => RecordJson.Read(json, TrustJson.Default.TrustBody, "trust record", null));
    }

    [Theory]
    [InlineData("2031-02-03T04:05:06Z", 0)]
    [InlineData("2031-02-03T04:05:06.5Z", 5_000_000)]
    [InlineData("2031-02-03T04:05:06.1234567Z", 1_234_567)]
    public void Times_are_read_in_UTC(string text, long ticks)
    {
        DateTime read = Trust(text).Created;

        Assert.Equal(DateTimeKind.Utc, read.Kind);
        Assert.Equal(new DateTime(2031, 2, 3, 4, 5, 6, DateTimeKind.Utc).AddTicks(ticks), read);
    }

    [Theory]
    [InlineData("2031-02-03T04:05:06")]
    [InlineData("2031-02-03T04:05:06+01:00")]
    [InlineData("2031-02-03")]
    [InlineData("03.02.2031 04:05:06Z")]
    [InlineData("")]
    public void Other_times_are_refused(string text) => Assert.Throws<InvalidFormatException>(() => Trust(text));

    [Theory]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    [InlineData("9223372036854775808")]
    [InlineData("1e400")]
    public void Numbers_are_whole_and_fit(string number) => Assert.Throws<InvalidFormatException>(() => RecordJson.Read(
        Encoding.UTF8.GetBytes($$"""{"number":{{number}},"previous":"","epoch":1,"mac":"","created":"2031-02-03T04:05:06Z"}"""),
        TrustJson.Default.TrustBody,
        "trust record",
        null));

    [Theory]
    [InlineData("00")]
    [InlineData("AA112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")]
    [InlineData("xx112233445566778899aabbccddeeff00112233445566778899aabbccddeeff")]
    public void A_hash_has_one_spelling(string text) => Assert.False(RecordHash.TryParse(text, out _));

    [Fact]
    public void Hashes_and_ids_are_compared_by_value()
    {
        byte[] bytes = new SeededRandomSource(4).NextBytes(32);
        var hash = RecordHash.FromBytes(bytes);
        Assert.True(RecordHash.TryParse(hash.ToString(), out RecordHash parsed));
        Assert.True(hash == parsed && hash.GetHashCode() == parsed.GetHashCode() && hash != default && default(RecordHash).IsEmpty);
        var id = RecordId.FromBytes(bytes);
        Assert.True(RecordId.TryParse(id.ToString(), out RecordId parsedId));
        Assert.Equal(id, parsedId);
        Assert.Equal(Convert.ToHexStringLower(bytes.AsSpan(0, 16)), id.ToString());
        Assert.False(RecordId.TryParse(id.ToString().ToUpperInvariant() + "0", out _));
    }

    private static InstanceBody Read(string json) => RecordJson.Read(Encoding.UTF8.GetBytes(json), RepositoryJson.Default.InstanceBody, "instance record", "x");

    private static TrustBody Trust(string created) => RecordJson.Read(
        Encoding.UTF8.GetBytes($$"""{"number":1,"previous":"","epoch":1,"mac":"","created":"{{created}}"}"""), TrustJson.Default.TrustBody, "trust record", null);

    private static string Deep(int levels) =>
        Body[..^1] + ",\"later\":" + new string('[', levels) + new string(']', levels) + "}";
}
