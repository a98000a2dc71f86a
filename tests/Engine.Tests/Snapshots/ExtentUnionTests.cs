using Portability.Engine.Snapshots.Sources;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

public sealed class ExtentUnionTests
{
    [Fact]
    public void Agrees_with_a_bit_by_bit_reference()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            bool[] expected = new bool[100];
            var union = new ExtentUnion();
            for (int i = 0; i < random.Next(12); i++)
            {
                int start = random.Next(100);
                int end = Math.Min(100, start + random.Next(30));
                union.Add(start, end);
                expected.AsSpan(start, end - start).Fill(true);
                if (random.Next(4) == 0)
                {
                    Assert.NotNull(union.Ranges);
                }
            }

            bool[] actual = new bool[100];
            long before = -1;
            foreach ((long start, long end) in union.Ranges)
            {
                Assert.True(start > before && end > start, $"seed {seed}");
                actual.AsSpan((int)start, (int)(end - start)).Fill(true);
                before = end;
            }

            Assert.Equal(expected, actual);
        }
    }
}
