using FsCheck;
using FsCheck.Fluent;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

public sealed class BlobNameTests
{
    [Theory]
    [InlineData("repository.json")]
    [InlineData("packs/boot/ab/0f.0")]
    [InlineData("snapshots/01234567-89ab-cdef-0123-456789abcdef/0000000001.fork-0011223344556677")]
    [InlineData("trust/slots/00112233445566778899aabbccddeeff")]
    [InlineData("a..b")]
    [InlineData("console/com10/lpt")]
    public void Names_of_the_format_are_names(string text)
    {
        Assert.True(BlobName.TryParse(text, out BlobName name));
        Assert.Equal(text, name.Value);
        Assert.Equal(text, name.Folder.Length == 0 ? name.Leaf : $"{name.Folder}/{name.Leaf}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/./b")]
    [InlineData(".temporary/a")]
    [InlineData("a/.hidden")]
    [InlineData("a.")]
    [InlineData("a./b")]
    [InlineData("-a")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a\\b")]
    [InlineData("c:/a")]
    [InlineData("a:stream")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("é")]
    [InlineData("ａ")]
    [InlineData("a%2fb")]
    [InlineData("a*")]
    [InlineData("a~1")]
    [InlineData("con")]
    [InlineData("packs/nul")]
    [InlineData("aux.1/a")]
    [InlineData("com1.0")]
    [InlineData("lpt9")]
    public void Nothing_else_is(string text)
    {
        Assert.False(BlobName.TryParse(text, out _));
        Assert.Throws<ArgumentException>(() => BlobName.Parse(text));
    }

    [Fact]
    public void The_longest_name_has_200_characters()
    {
        Assert.True(BlobName.TryParse(new string('a', 200), out _));
        Assert.False(BlobName.TryParse(new string('a', 201), out _));
        Assert.False(BlobName.TryParse(null, out _));
        Assert.Throws<InvalidOperationException>(() => default(BlobName).Value);
    }

    [Fact]
    public void Every_beginning_of_a_name_is_a_prefix()
    {
        const string Name = "packs/boot/ab/0f-1.0";
        for (int length = 0; length <= Name.Length; length++)
        {
            Assert.True(BlobName.IsPrefix(Name[..length]), Name[..length]);
        }
    }

    [Fact]
    public void Whatever_is_a_name_stays_inside_the_folder()
    {
        string root = Path.GetFullPath("root") + Path.DirectorySeparatorChar;
        Gen<string> texts = Gen.Elements("a.-/\\:.0A*~ \u00e9\0".ToCharArray()).ArrayOf().Select(characters => new string(characters));
        Prop.ForAll(Arb.From(texts), text => !BlobName.TryParse(text, out BlobName name)
            || (!text.Contains('\0', StringComparison.Ordinal) && Path.GetFullPath(Path.Join("root", text)) == root + name.Value.Replace('/', Path.DirectorySeparatorChar)))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Names_compare_by_code_point()
    {
        BlobName[] names = [.. new[] { "a/b", "a", "a.b", "a-b", "b", "ab" }.Select(BlobName.Parse).Order()];
        Assert.Equal("a a-b a.b a/b ab b", string.Join(' ', names));
        Assert.True(names[0] < names[1] && names[1] > names[0] && names[0] <= names[1] && names[1] >= names[0]);
        Assert.True(names[0] != names[1] && names[0] == BlobName.Parse("a") && names[0].GetHashCode() == BlobName.Parse("a").GetHashCode());
    }
}
