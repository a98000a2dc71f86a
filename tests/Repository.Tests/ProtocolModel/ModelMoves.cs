using System.Globalization;

namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The states one step away, with who stepped and what it did.</summary>
internal sealed class ModelMoves
{
    private readonly ModelState[] states = new ModelState[64];
    private readonly (int Process, string Action, int First, int Second)[] actions = new (int, string, int, int)[64];

    public int Count { get; private set; }

    /// <summary>Set by a step that breaks a rule which only that step can see.</summary>
    public string? Broken { get; set; }

    public ref readonly ModelState this[int index] => ref states[index];

    public void Clear()
    {
        Count = 0;
        Broken = null;
    }

    /// <summary>The text is put together only where it is asked for.</summary>
    public void Add(in ModelState state, int process, string action, int first = 0, int second = 0)
    {
        states[Count] = state;
        actions[Count++] = (process, action, first, second);
    }

    public string Text(int index)
    {
        var (process, action, first, second) = actions[index];
        return $"{Process(process)} {string.Format(CultureInfo.InvariantCulture, action, first, second)}";
    }

    private static string Process(int process) => process switch
    {
        < 3 => $"writer {process}",
        3 => "reader",
        4 => "remover",
        _ => $"collector {process - 5}",
    };
}
