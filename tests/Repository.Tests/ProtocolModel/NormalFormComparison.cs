namespace Portability.Repository.Tests.ProtocolModel;

/// <summary>
/// Walks every state of a setup step by step, unreduced, and shows that <see cref="NormalForm"/> is a branching bisimulation:
/// each step of a state is one of its normal form, or leads to a state of the same form; and each step of the form is one of the state.
/// </summary>
internal sealed class NormalFormComparison(ModelSetup setup)
{
    private readonly ModelSetup alone = setup with { StandStill = 4 };
    private readonly HashSet<ModelState> forms = [];
    private readonly HashSet<ModelState> reached = [];
    private readonly HashSet<ModelState> reachedByForm = [];
    private readonly ModelMoves moves = new();
    private readonly ModelMoves movesOfForm = new();
    private readonly ModelMoves last = new();

    public long States { get; private set; }

    public int Forms => forms.Count;

    /// <summary>The first state that differs from its form, and in what; null if there is none.</summary>
    public string? Difference { get; private set; }

    public void Run()
    {
        var seen = new HashSet<ModelState> { setup.Start() };
        var open = new Stack<ModelState>(seen);
        while (Difference is null && open.TryPop(out var state))
        {
            States++;
            var form = Normal(state);
            forms.Add(form);
            if (Differs(in state, in form) is { } difference)
            {
                Difference = $"{difference}: {state.Describe()} and {form.Describe()}";
                return;
            }

            // What is broken already is not followed.
            for (var i = 0; i < moves.Count && ModelInvariants.Check(in state, setup) is null; i++)
            {
                if (seen.Add(moves[i]))
                {
                    open.Push(moves[i]);
                }
            }
        }
    }

    private string? Differs(in ModelState state, in ModelState form)
    {
        moves.Clear();
        if (!Normal(form).Equals(form))
        {
            return "the form has another form";
        }

        var broken = ModelInvariants.Check(in state, setup) is not null;
        if (broken != (ModelInvariants.Check(in form, setup) is not null))
        {
            return "what is checked differs";
        }

        if (broken)
        {
            return null;
        }

        if ((ModelInvariants.CheckLastCollection(state, alone, last) is null) != (ModelInvariants.CheckLastCollection(form, alone, last) is null))
        {
            return "the last collection differs";
        }

        Reach(in state, moves, reached);
        Reach(in form, movesOfForm, reachedByForm);
        var stays = reached.Remove(form);
        return reachedByForm.Contains(form) ? "the form leads to itself"
            : !reached.IsSubsetOf(reachedByForm) ? "the form lacks a step"
            : !stays && !reachedByForm.IsSubsetOf(reached) ? "the form has a step of its own"
            : null;
    }

    private void Reach(in ModelState state, ModelMoves steps, HashSet<ModelState> found)
    {
        steps.Clear();
        found.Clear();
        for (var p = 0; p < ModelProcess.Count; p++)
        {
            ModelProcess.Expand(in state, setup, p, steps);
        }

        for (var i = 0; i < steps.Count; i++)
        {
            found.Add(Normal(steps[i]));
        }
    }

    private ModelState Normal(ModelState state)
    {
        NormalForm.Apply(ref state, setup);
        return state;
    }
}
