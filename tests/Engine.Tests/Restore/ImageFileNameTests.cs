using System.Text;
using Portability.Engine.Restore;
using Xunit;

namespace Portability.Engine.Tests.Restore;

public sealed class ImageFileNameTests
{
    [Theory]
    [InlineData("web01", "web01-0.vhdx")]
    [InlineData("a/b\\c:d", "a_b_c_d-0.vhdx")]
    [InlineData("..", "_-0.vhdx")]
    [InlineData(".hidden", "_hidden-0.vhdx")]
    [InlineData("-rf", "_rf-0.vhdx")]
    [InlineData("nul", "_nul-0.vhdx")]
    [InlineData("Com1.old", "_Com1.old-0.vhdx")]
    [InlineData("", "_-0.vhdx")]
    [InlineData("  x. ", "x-0.vhdx")]
    [InlineData("Größe 東京 🖥", "Größe 東京 🖥-0.vhdx")]
    [InlineData("x\u202Egnp", "x_gnp-0.vhdx")]
    public void Names_are_fit_for_any_file_system(string workload, string expected) =>
        Assert.Equal(expected, ImageFileName.Make(workload, 0, ImageFormat.Vhdx));

    [Theory]
    [InlineData("x")]
    [InlineData("東")]
    [InlineData("🖥")]
    [InlineData("e\u0323\u0301")]
    public void Long_names_are_cut_between_characters(string unit)
    {
        string name = ImageFileName.Sanitise(string.Concat(Enumerable.Repeat(unit, 250)));
        int bytes = Encoding.UTF8.GetByteCount(name);
        Assert.InRange(bytes, ImageFileName.MaximumBaseBytes - 10, ImageFileName.MaximumBaseBytes);
        Assert.DoesNotContain('\uFFFD', Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(name)));
    }

    [Fact]
    public void A_lone_surrogate_is_replaced() => Assert.Equal("a_b", ImageFileName.Sanitise("a" + '\uD800' + "b"));
}
