using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Portability.FileSystems.Tests;

public sealed class NodeNameTests
{
    [Fact]
    public void Any_bytes_survive_their_text_form() => Prop.ForAll<byte[]>(bytes =>
    {
        NodeName name = NodeName.FromBytes(bytes);
        return NodeName.FromText(name.ToString(), NodeNameUnit.Byte) == name;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_units_survive_their_text_form() => Prop.ForAll<char[]>(units =>
    {
        NodeName name = NodeName.FromText(new string(units), NodeNameUnit.Utf16);
        return NodeName.FromUtf16(name.Units) == name && name.ToString() == new string(units);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_that_are_not_text_are_shown_as_lone_surrogates()
    {
        Assert.Equal("a\uDCFF\u00E9", NodeName.FromBytes([0x61, 0xFF, 0xC3, 0xA9]).ToString());
        Assert.Equal("\uDCED\uDCA0\uDC80", NodeName.FromBytes([0xED, 0xA0, 0x80]).ToString()); // a surrogate in UTF-8 is ill-formed
        Assert.Equal("\uDCC0\uDCAF", NodeName.FromBytes([0xC0, 0xAF]).ToString()); // an overlong slash
    }
}
