using Portability.Disks.Blocks;
using Portability.Engine.Snapshots.Sources;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class BlockRunPlannerTests
{
    private const int BlockSize = 16;

    /// <summary>Against a reference that looks at every byte.</summary>
    [Fact]
    public async Task Agrees_with_a_byte_by_byte_reference()
    {
        for (int seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            int length = random.Next(1, 400);
            char[] bytes = new char[length];
            bytes.AsSpan().Fill('-');
            var extents = new List<BlockExtent>();
            for (int at = 0; at < length;)
            {
                int run = Math.Min(random.Next(1, 60), length - at);
                int kind = random.Next(seed % 2 == 0 ? 3 : 4);
                if (kind < 3)
                {
                    extents.Add(new BlockExtent(at, run, (ExtentKind)kind));
                    bytes.AsSpan(at, run).Fill(kind == 0 ? 'D' : 'Z');
                }

                at += run;
            }

            char[] expected = new char[(length + BlockSize - 1) / BlockSize];
            for (int block = 0; block < expected.Length; block++)
            {
                Span<char> part = bytes.AsSpan(block * BlockSize, Math.Min(BlockSize, length - (block * BlockSize)));
                expected[block] = !part.ContainsAnyExcept('-') ? '-' : !part.ContainsAnyExcept('Z') ? 'Z' : 'D';
            }

            char[] actual = new char[expected.Length];
            actual.AsSpan().Fill('-');
            BlockRun? before = null;
            await foreach (BlockRun run in BlockRunPlanner.PlanAsync(extents.ToAsyncEnumerable(), BlockSize, length, CancellationToken.None))
            {
                Assert.True(run.Count > 0);
                Assert.True(before is null || run.First > before.Value.End || (run.First == before.Value.End && run.Kind != before.Value.Kind), $"seed {seed}");
                actual.AsSpan((int)run.First, (int)run.Count).Fill(run.Kind == BlockRunKind.Zero ? 'Z' : 'D');
                before = run;
            }

            Assert.Equal(new string(expected), new string(actual));
        }
    }
}
