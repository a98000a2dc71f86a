using Portability.FileSystems.ExFat;
using Portability.FileSystems.Fat;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.ExFat;

public sealed class ExFatFuzzTests
{
    private static readonly int[] Directories = [ExFatImageBuilder.RootCluster, 10, 11];

    [Fact]
    public Task Mutated_volumes_end_in_errors_of_ours() =>
        MutationFuzz.RunAsync([Seed(9, 0).Image, Seed(9, 1).Image], input => VolumeFuzz.ReadAsync(new ExFatFormat(), input), FixChecksums);

    [Fact]
    public async Task Random_bytes_behind_a_boot_region_end_in_errors_of_ours()
    {
        byte[] seed = Seed(9, 0).Image;
        var random = new Random(11);
        for (int i = 0; i < MutationFuzz.Inputs; i++)
        {
            random.NextBytes(seed.AsSpan(i % 2 == 0 ? 24 * 512 : 72));
            seed[510] = 0x55;
            seed[511] = 0xAA;
            try
            {
                await VolumeFuzz.ReadAsync(new ExFatFormat(), seed);
            }
            catch (PortabilityException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }

    // The boot region always fits, so that what its fields say is looked at; so do the sets of the known directories, where they are sets still.
    private static void FixChecksums(byte[] image)
    {
        ExFatImageBuilder.FixBootChecksum(image, 9);
        int clusterSize = image.Length < 60_000 ? 512 : 1024;
        foreach (int cluster in Directories)
        {
            int start = (32 << 9) + ((cluster - 2) * clusterSize);
            for (int at = start; at < start + clusterSize; at += 32)
            {
                int length = 32 * (1 + image[at + 1]);
                if (image[at] == 0x85 && at + length <= start + clusterSize)
                {
                    ExFatImageBuilder.FixSet(image.AsSpan(at, length));
                }
            }
        }
    }

    private static ExFatImageBuilder Seed(int sectorShift, int clusterShift)
    {
        var image = new ExFatImageBuilder(60, sectorShift, clusterShift);
        image.Chain(20, 22, 21);
        image.Chain(10, 12);
        int at = image.AddFile(image.Behind, "chained", FatAttributes.Archive, 20, 1200);
        at = image.AddFile(at, "whole", FatAttributes.Archive, 30, 1000, 600, noFatChain: true);
        image.AddFile(at, "folder", FatAttributes.Directory, 10, image.ClusterSize * 2);
        at = image.AddFile(image.OffsetOf(10), "inner", FatAttributes.Archive, 25, 100, noFatChain: true);
        image.AddFile(at, "deeper", FatAttributes.Directory, 11, image.ClusterSize, noFatChain: true);
        image.AddFile(image.OffsetOf(11), "leaf with a longer name", FatAttributes.ReadOnly, 26, 10, noFatChain: true);
        return image;
    }
}
