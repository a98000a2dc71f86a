namespace Portability.FileSystems.Fat;

/// <summary>
/// Code page 437, the OEM code page of the United States: in it bytes above 0x7F of short names are read. A volume does not tell which code page its writer had;
/// names for which that matters have long names beside them.
/// </summary>
internal static class CodePage437
{
    private const int FirstOther = 0x80;

    private const string Others =
        "ÇüéâäàåçêëèïîìÄÅ"
        + "ÉæÆôöòûùÿÖÜ¢£¥₧ƒ"
        + "áíóúñÑªº¿⌐¬½¼¡«»"
        + "░▒▓│┤╡╢╖╕╣║╗╝╜╛┐"
        + "└┴┬├─┼╞╟╚╔╩╦╠═╬╧"
        + "╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀"
        + "αßΓπΣσµτΦΘΩδ∞φε∩"
        + "≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0";

    /// <summary>The character of a byte.</summary>
    public static char ToChar(byte value) => value < FirstOther ? (char)value : Others[value - FirstOther];
}
