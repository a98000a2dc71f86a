using System.Text;

namespace Portability.FileSystems.Lvm;

/// <summary>Takes tokens of LVM2's text metadata; blanks and comments are passed over.</summary>
internal ref struct ConfigReader
{
    private readonly string text;
    private int at;

    /// <summary>Initialises a reader.</summary>
    /// <param name="text">The text.</param>
    public ConfigReader(string text) => this.text = text;

    /// <summary>True behind the last token.</summary>
    public bool IsAtEnd => Peek() == '\0';

    /// <summary>The next character that is no blank; zero at the end.</summary>
    public char Peek()
    {
        while (at < text.Length && (char.IsWhiteSpace(text[at]) || text[at] == '#'))
        {
            at = text[at] != '#' ? at + 1 : text.IndexOf('\n', at) is >= 0 and var end ? end : text.Length;
        }

        return at < text.Length ? text[at] : '\0';
    }

    /// <summary>Takes a character if it is the next.</summary>
    public bool TryTake(char wanted)
    {
        if (Peek() != wanted)
        {
            return false;
        }

        at++;
        return true;
    }

    /// <summary>Takes a name; empty if none follows.</summary>
    public string ReadName()
    {
        Peek();
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '_' or '-' or '.' or '+' or '/' or '@'))
        {
            at++;
        }

        return text[start..at];
    }

    /// <summary>Takes a value, or a list of them; null if none follows.</summary>
    public List<string>? ReadValues()
    {
        var values = new List<string>();
        if (!TryTake('['))
        {
            return TryReadValue(values) ? values : null;
        }

        while (!TryTake(']'))
        {
            if (!TryReadValue(values))
            {
                return null;
            }

            TryTake(',');
        }

        return values;
    }

    private bool TryReadValue(List<string> values)
    {
        if (!TryTake('"'))
        {
            string number = ReadName();
            values.Add(number);
            return number.Length > 0;
        }

        var value = new StringBuilder();
        for (; at < text.Length && text[at] != '"'; at++)
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            value.Append(text[at]);
        }

        values.Add(value.ToString());
        return at++ < text.Length;
    }
}
