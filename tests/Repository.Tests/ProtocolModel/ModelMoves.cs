namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>The states one step away, with who stepped and what it did.</summary>
internal sealed class ModelMoves
{
    private readonly ModelState[] states = new ModelState[64];
    private readonly (byte Process, string Action)[] actions = new (byte, string)[64];

    public int Count { get; private set; }

    /// <summary>Set by a step that breaks a rule which only that step can see.</summary>
    public string? Broken { get; set; }

    public ref readonly ModelState this[int index] => ref states[index];

    public void Clear()
    {
        Count = 0;
        Broken = null;
    }

    public void Add(in ModelState state, int process, string action)
    {
        states[Count] = state;
        actions[Count++] = ((byte)process, action);
    }

    public string Text(int index) => $"{Process(actions[index].Process)} {actions[index].Action}";

    private static string Process(byte process) => process switch
    {
        < 3 => $"writer {process}",
        3 => "reader",
        4 => "remover",
        _ => $"collector {process - 5}",
    };
}
