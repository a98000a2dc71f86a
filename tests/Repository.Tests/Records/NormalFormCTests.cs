using System.Text;
using Portability.Repository.Workloads;
using Xunit;

namespace Portability.Repository.Tests.Records;

public sealed class NormalFormCTests
{
    [Theory]
    [InlineData("web01")]
    [InlineData("B\u00FCro \u0141\u00F3d\u017A")]
    [InlineData("\u0421\u0435\u0440\u0432\u0435\u0440")] // Cyrillic, composed.
    [InlineData("\u6570\u636E\u5E93 \uD55C\uAD6D\uC5B4 \U0001F5A5")]
    public void What_is_composed_is_settled(string text) => Assert.Equal((true, text), (NormalFormC.IsSettled(text), NormalFormC.Bring(text)));

    [Theory]
    [InlineData("Bu\u0308ro")]
    [InlineData("\u212B")] // The sign of the unit, which is the letter.
    [InlineData("\u1112\u1161\u11AB")] // A Hangul syllable in its parts.
    [InlineData("\uF900")]
    public void What_may_be_written_otherwise_is_not(string text)
    {
        Assert.False(NormalFormC.IsSettled(text));
        bool able = string.Equals("e\u0301".Normalize(NormalizationForm.FormC), "\u00E9", StringComparison.Ordinal);
        Assert.Equal(able ? text.Normalize(NormalizationForm.FormC) : null, NormalFormC.Bring(text));
    }
}
