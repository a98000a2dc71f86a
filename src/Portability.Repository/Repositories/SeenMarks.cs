using System.Globalization;
using System.Text;
using Portability.Repository.Records;

namespace Portability.Repository.Repositories;

/// <summary>
/// The highest number seen of something, and its hash, as files named by the number: raising it puts a new file and then removes lower
/// and damaged ones, so that of any two processes the higher mark stays. A damaged file is reported and counts as absent.
/// </summary>
internal sealed class SeenMarks
{
    private const int DigitCount = 10;
    private readonly StateFiles files;
    private readonly string folder;
    private readonly IOperationObserver observer;

    public SeenMarks(StateFiles files, string folder, IOperationObserver observer)
    {
        this.files = files;
        this.folder = folder;
        this.observer = observer;
    }

    /// <summary>The highest mark that is not damaged, or null.</summary>
    public SeenMark? Read() => Names().Select(entry => Read(entry.Number)).FirstOrDefault(mark => mark is not null);

    /// <summary>Raises the mark; a lower or equal one changes nothing.</summary>
    public void Raise(SeenMark mark)
    {
        if (Read() is { } known && known.Number >= mark.Number)
        {
            return;
        }

        string name = Name(mark.Number);
        byte[] content = Encode(mark);
        if (!files.PutIfAbsent(name, content) && Read(mark.Number) is null)
        {
            files.Replace(name, content);
        }

        foreach ((long number, string leaf) in Names())
        {
            if (number < mark.Number || (number > mark.Number && Read(number) is null))
            {
                files.Remove($"{folder}/{leaf}");
            }
        }
    }

    private static byte[] Encode(SeenMark mark)
    {
        string text = FormattableString.Invariant($"{mark.Number} {mark.Hash}");
        return Encoding.ASCII.GetBytes($"{text} {RecordHash.Of(Encoding.ASCII.GetBytes(text))}\n");
    }

    private string Name(long number) => $"{folder}/{number.ToString("D10", CultureInfo.InvariantCulture)}";

    private (long Number, string Leaf)[] Names() =>
    [
        .. files.List(folder)
            .Where(leaf => leaf.Length == DigitCount && leaf.All(char.IsAsciiDigit))
            .Select(leaf => (Number: long.Parse(leaf, NumberStyles.None, CultureInfo.InvariantCulture), Leaf: leaf))
            .OrderByDescending(entry => entry.Number),
    ];

    private SeenMark? Read(long number)
    {
        byte[]? content = files.TryRead(Name(number));
        if (content is null)
        {
            return null;
        }

        string[] parts = Encoding.ASCII.GetString(content).Split(' ');
        if (parts.Length > 1 && RecordHash.TryParse(parts[1], out RecordHash hash) && !hash.IsEmpty)
        {
            var mark = new SeenMark(number, hash);
            if (content.AsSpan().SequenceEqual(Encode(mark)))
            {
                return mark;
            }
        }

        observer.OnWarning($"'{files.PathOf(Name(number))}' is damaged and counts as absent: what was seen before is not known.");
        return null;
    }
}
