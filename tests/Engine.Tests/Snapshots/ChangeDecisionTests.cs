using Portability.Engine.Snapshots.Sources;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class ChangeDecisionTests
{
    private static readonly Guid Write1 = new("11111111-1111-4111-8111-111111111111");
    private static readonly Guid Write2 = new("22222222-2222-4222-8222-222222222222");
    private static readonly Guid Write3 = new("33333333-3333-4333-8333-333333333333");

    private static LayerState Layer(Guid write, Guid? parent = null) => new()
    {
        Path = "/d/x.vhdx",
        Format = "VHDX",
        Length = 1 << 30,
        FileLength = 1 << 20,
        Modified = 1000,
        DiskId = new Guid("99999999-9999-4999-8999-999999999999"),
        DataWrite = write,
        HeaderSequence = 7,
        ParentId = parent,
    };

    private static ChangeToken Token(params LayerState[] layers) => ChangeToken.Read(new ChangeToken { Layers = layers }.Write())!;

    [Fact]
    public void An_image_with_equal_ids_size_and_time_is_unchanged() =>
        Assert.Equal(ChangeKind.Unchanged, ChangeDecision.Make(Token(Layer(Write1)), [Layer(Write1)], full: false).Kind);

    [Fact]
    public void Each_proof_alone_is_needed()
    {
        LayerState same = Layer(Write1);
        LayerState[] others =
        [
            same with { DataWrite = Write2 },
            same with { HeaderSequence = 8 },
            same with { FileLength = 5 },
            same with { Modified = 1001 },
            same with { Length = 5 },
            same with { DiskId = Write3 },
            same with { Format = "VHD" },
            same with { DataWrite = null },
            same with { HeaderSequence = null },
        ];
        Assert.All(others, other => Assert.Equal(ChangeKind.Unknown, ChangeDecision.Make(Token(same), [other], full: false).Kind));
        Assert.All(others, other => Assert.Equal(ChangeKind.Unknown, ChangeDecision.Make(Token(other), [same], full: false).Kind));
    }

    [Fact]
    public void Size_and_time_without_ids_prove_nothing()
    {
        LayerState raw = Layer(Write1) with { Format = "Raw", DataWrite = null, HeaderSequence = null, DiskId = null };
        Assert.Equal(ChangeKind.Unknown, ChangeDecision.Make(Token(raw), [raw], full: false).Kind);
    }

    [Fact]
    public void A_full_scan_and_a_missing_token_scan()
    {
        Assert.Equal(ChangeKind.Unknown, ChangeDecision.Make(Token(Layer(Write1)), [Layer(Write1)], full: true).Kind);
        Assert.Equal(ChangeKind.Unknown, ChangeDecision.Make(null, [Layer(Write1)], full: false).Kind);
    }

    [Fact]
    public void A_new_child_over_the_captured_image_costs_its_own_extents()
    {
        ChangeDecision decision = ChangeDecision.Make(Token(Layer(Write1)), [Layer(Write2, parent: Write1), Layer(Write1)], full: false);
        Assert.Equal(ChangeKind.Layers, decision.Kind);
        Assert.Equal(1, decision.Layers);
        Assert.Empty(decision.Before);
    }

    [Fact]
    public void Two_new_children_count_both()
    {
        ChangeDecision decision = ChangeDecision.Make(
            Token(Layer(Write1)), [Layer(Write3, parent: Write2), Layer(Write2, parent: Write1), Layer(Write1)], full: false);
        Assert.Equal(2, decision.Layers);
    }

    [Fact]
    public void A_child_made_over_another_state_of_its_parent_scans()
    {
        ChangeDecision decision = ChangeDecision.Make(Token(Layer(Write1)), [Layer(Write2, parent: Write3), Layer(Write1)], full: false);
        Assert.Equal(ChangeKind.Unknown, decision.Kind);
    }

    [Fact]
    public void A_parent_that_was_written_scans()
    {
        ChangeDecision decision = ChangeDecision.Make(Token(Layer(Write1)), [Layer(Write2), Layer(Write1) with { Modified = 1 }], full: false);
        Assert.Equal(ChangeKind.Unknown, decision.Kind);
    }

    [Fact]
    public void A_captured_child_that_was_written_adds_what_it_held_before()
    {
        var token = ChangeToken.Read((Token(Layer(Write2, Write1), Layer(Write1)) with { Own = [2, 3, 9, 1], OwnUnit = 1 << 20 }).Write());
        ChangeDecision decision = ChangeDecision.Make(token, [Layer(Write3, Write1), Layer(Write1)], full: false);
        Assert.Equal(ChangeKind.Layers, decision.Kind);
        Assert.Equal(1, decision.Layers);
        Assert.Equal([(2L << 20, 3L << 20), (9L << 20, 1L << 20)], decision.Before);
    }

    [Fact]
    public void A_child_that_is_gone_costs_what_it_held()
    {
        var token = ChangeToken.Read((Token(Layer(Write2, Write1), Layer(Write1)) with { Own = [2, 3], OwnUnit = 1 << 20 }).Write());
        ChangeDecision decision = ChangeDecision.Make(token, [Layer(Write1)], full: false);
        Assert.Equal(ChangeKind.Layers, decision.Kind);
        Assert.Equal(0, decision.Layers);
        Assert.Single(decision.Before);
    }

    [Fact]
    public void A_child_without_a_list_of_what_it_held_scans()
    {
        ChangeDecision decision = ChangeDecision.Make(
            Token(Layer(Write2, Write1), Layer(Write1)), [Layer(Write3, Write1), Layer(Write1)], full: false);
        Assert.Equal(ChangeKind.Unknown, decision.Kind);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"version\":2,\"layers\":[]}")]
    [InlineData("{\"version\":1,\"layers\":[]}")]
    [InlineData("{\"version\":1}")]
    public void Other_texts_are_no_token(string? text) => Assert.Null(ChangeToken.Read(text));

    [Theory]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 5, 2, 6, 1 })]
    [InlineData(new long[] { 1, 0 })]
    [InlineData(new long[] { -1, 4 })]
    [InlineData(new long[] { 0, 1L << 40 })]
    public void Ranges_that_make_no_sense_are_no_token(long[] own) =>
        Assert.Null(ChangeToken.Read((Token(Layer(Write1)) with { Own = own, OwnUnit = 1 << 20 }).Write()));
}
