using Portability.Engine.Files;
using Portability.FileSystems;
using Xunit;

namespace Portability.Engine.Tests.Files;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("*", "anything", true)]
    [InlineData("*", "", true)]
    [InlineData("*.conf", "a.conf", true)]
    [InlineData("*.conf", "a.conf.bak", false)]
    [InlineData("a*b*c", "axxbyyc", true)]
    [InlineData("a*b*c", "axxbyyd", false)]
    [InlineData("t?o", "two", true)]
    [InlineData("t?o", "to", false)]
    [InlineData("[a-c]x", "bx", true)]
    [InlineData("[a-c]x", "dx", false)]
    [InlineData("[ab]x", "ax", true)]
    [InlineData("[ab", "[ab", true)]
    [InlineData("`*", "*", true)]
    [InlineData("`*", "x", false)]
    [InlineData("*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    public void Names_match_as_in_PowerShell(string pattern, string name, bool expected) =>
        Assert.Equal(expected, PathPattern.Matches(pattern, name, FileSystemCapabilities.None));

    [Theory]
    [InlineData("*.CONF", "a.conf")]
    [InlineData("[A-C]X", "bx")]
    public void Case_counts_only_where_the_file_system_says_so(string pattern, string name)
    {
        Assert.False(PathPattern.Matches(pattern, name, FileSystemCapabilities.None));
        Assert.True(PathPattern.Matches(pattern, name, FileSystemCapabilities.CaseInsensitive));
    }

    [Fact]
    public void A_path_is_plain_up_to_its_first_wildcard()
    {
        var pattern = new PathPattern("/etc//a`*b/*.d/x", isLiteral: false);
        Assert.Equal("/etc/a*b", pattern.Base);
        Assert.Equal(["*.d", "x"], pattern.Rest);
        var literal = new PathPattern("/etc/*.d", isLiteral: true);
        Assert.Equal("/etc/*.d", literal.Base);
        Assert.Empty(literal.Rest);
    }
}
