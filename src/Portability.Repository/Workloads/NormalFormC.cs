using System.Globalization;
using System.Text;

namespace Portability.Repository.Workloads;

/// <summary>
/// Unicode normal form C, also where the runtime does not normalise: one without ICU (invariant globalization) gives any text back as it
/// is, so that one name in two spellings would be two workloads.
/// </summary>
/// <remarks>UAX #15, section 9: a text of characters that the quick check passes, none of them combining, is in normal form C.</remarks>
internal static class NormalFormC
{
    // Derived from UnicodeData 14: what normal form C changes, what composes with a character before it, what has a combining class.
    private const string Unsettled =
        "300-34E 350-36F 374 37E 387 483-487 591-5BD 5BF 5C1-5C2 5C4-5C5 5C7 610-61A 64B-65F 670 6D6-6DC 6DF-6E4 6E7-6E8 6EA-6ED 711 730-74A 7EB-7F3 " +
        "7FD 816-819 81B-823 825-827 829-82D 859-85B 898-89F 8CA-8E1 8E3-8FF 93C 94D 951-954 958-95F 9BC 9BE 9CD 9D7-9DF 9FE A33 A36 A3C A4D A59-A5B " +
        "A5E ABC ACD B3C B3E B4D B56-B5D BBE BCD BD7 C3C C4D-C56 CBC CC2 CCD-CD6 D3B-D3C D3E D4D D57 DCA-DCF DDF E38-E3A E48-E4B EB8-EBA EC8-ECB " +
        "F18-F19 F35 F37 F39 F43 F4D F52 F57 F5C F69 F71-F76 F78 F7A-F7D F80-F84 F86-F87 F93 F9D FA2 FA7 FAC FB5 FB7 FB9 FC6 102E 1037 1039-103A 108D " +
        "1161-1175 11A8-11C2 135D-135F 1714-1715 1734 17D2 17DD 18A9 1939-193B 1A17-1A18 1A60 1A75-1A7F 1AB0-1ABD 1ABF-1ACE 1B34-1B35 1B44 1B6B-1B73 " +
        "1BAA-1BAB 1BE6 1BF2-1BF3 1C37 1CD0-1CD2 1CD4-1CE0 1CE2-1CE8 1CED 1CF4 1CF8-1CF9 1DC0-1DFF 1F71 1F73 1F75 1F77 1F79 1F7B 1F7D 1FBB 1FBE 1FC9 " +
        "1FCB 1FD3 1FDB 1FE3 1FEB 1FEE-1FEF 1FF9 1FFB 1FFD 2000-2001 20D0-20DC 20E1 20E5-20F0 2126 212A-212B 2329-232A 2ADC 2CEF-2CF1 2D7F 2DE0-2DFF " +
        "302A-302F 3099-309A A66F A674-A67D A69E-A69F A6F0-A6F1 A806 A82C A8C4 A8E0-A8F1 A92B-A92D A953 A9B3 A9C0 AAB0 AAB2-AAB4 AAB7-AAB8 AABE-AABF " +
        "AAC1 AAF6 ABED F900-FA0D FA10 FA12 FA15-FA1E FA20 FA22 FA25-FA26 FA2A-FAD9 FB1D-FB1F FB2A-FB4E FE20-FE2F 101FD 102E0 10376-1037A 10A0D 10A0F " +
        "10A38-10A3F 10AE5-10AE6 10D24-10D27 10EAB-10EAC 10F46-10F50 10F82-10F85 11046 11070 1107F 110B9-110BA 11100-11102 11127 11133-11134 11173 " +
        "111C0 111CA 11235-11236 112E9-112EA 1133B-1133C 1133E 1134D 11357 11366-11374 11442 11446 1145E 114B0 114BA 114BD 114C2-114C3 115AF " +
        "115BF-115C0 1163F 116B6-116B7 1172B 11839-1183A 11930 1193D-1193E 11943 119E0 11A34 11A47 11A99 11C3F 11D42 11D44-11D45 11D97 16AF0-16AF4 " +
        "16B30-16B36 16FF0-16FF1 1BC9E 1D15E-1D169 1D16D-1D172 1D17B-1D182 1D185-1D18B 1D1AA-1D1AD 1D1BB-1D1C0 1D242-1D244 1E000-1E02A 1E130-1E136 " +
        "1E2AE 1E2EC-1E2EF 1E8D0-1E8D6 1E944-1E94A 2F800-2FA1D";

    private static readonly bool IsRuntimeAble = string.Equals("e\u0301".Normalize(NormalizationForm.FormC), "\u00E9", StringComparison.Ordinal);
    private static readonly (int First, int Last)[] Ranges = [.. Unsettled.Split(' ').Select(ToRange)];

    /// <summary>Brings a text into the form.</summary>
    /// <param name="text">Text without lone surrogates.</param>
    /// <returns>The text in the form, or null where this runtime cannot tell.</returns>
    /// <exception cref="ArgumentException">The text holds a lone surrogate.</exception>
    public static string? Bring(string text) =>
        IsRuntimeAble ? text.Normalize(NormalizationForm.FormC) : IsSettled(text) ? text : null;

    /// <summary>Tells whether a text is in the form without any doubt, by a table alone.</summary>
    /// <param name="text">Any text.</param>
    internal static bool IsSettled(string text) => !text.EnumerateRunes().Any(rune => rune.Value >= Ranges[0].First && IsUnsettled(rune.Value));

    private static bool IsUnsettled(int character)
    {
        int low = 0;
        int high = Ranges.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = Ranges[middle].Last < character ? (middle + 1, high) : (low, middle);
        }

        return low < Ranges.Length && Ranges[low].First <= character;
    }

    private static (int First, int Last) ToRange(string text)
    {
        string[] ends = text.Split('-');
        return (int.Parse(ends[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), int.Parse(ends[^1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
    }
}
