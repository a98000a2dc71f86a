using Portability.FileSystems.Fat;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatFuzzTests
{
    [Fact]
    public Task Mutated_volumes_end_in_errors_of_ours() =>
        MutationFuzz.RunAsync([Seed(FatType.Fat12, 90), Seed(FatType.Fat16, 4085), Seed(FatType.Fat32, 120)], input => VolumeFuzz.ReadAsync(new FatFormat(), input));

    [Fact]
    public async Task Random_bytes_behind_a_boot_sector_end_in_errors_of_ours()
    {
        byte[] seed = Seed(FatType.Fat32, 120);
        var random = new Random(11);
        for (int i = 0; i < MutationFuzz.Inputs; i++)
        {
            random.NextBytes(seed.AsSpan(i % 2 == 0 ? 512 : 12));
            seed[510] = 0x55;
            seed[511] = 0xAA;
            try
            {
                await VolumeFuzz.ReadAsync(new FatFormat(), seed);
            }
            catch (PortabilityException refused)
            {
                Assert.NotEmpty(refused.Message);
            }
        }
    }

    // Long and short names, a file in pieces, folders in folders, a label.
    private static byte[] Seed(FatType type, int clusters)
    {
        var image = new FatImageBuilder(type, clusters, rootRecords: 32);
        new Random(5).NextBytes(image.Image.AsSpan(image.OffsetOf(20), 4096));
        int at = image.AddRecord(image.RootOffset, "LABEL", FatAttributes.VolumeId, 0, 0);
        at = image.AddFile(at, "a file with a long name.txt", "AFILEW~1TXT", 1500, 20, 22, 21);
        at = image.AddFile(at, "whole", "WHOLE", 1024, 24, 25);
        if (type == FatType.Fat32)
        {
            image.Chain(2, 9);
        }

        image.Chain(5, 6);
        image.AddRecord(at, "FOLDER", FatAttributes.Directory, 5, 0);
        at = image.AddRecord(image.OffsetOf(5), ".", FatAttributes.Directory, 5, 0);
        at = image.AddRecord(at, "..", FatAttributes.Directory, 0, 0);
        at = image.AddFile(at, "inner file of the folder", "INNERF~1", 300, 26);
        image.Chain(7);
        image.AddRecord(at, "DEEPER", FatAttributes.Directory, 7, 0);
        at = image.AddRecord(image.OffsetOf(7), ".", FatAttributes.Directory, 7, 0);
        at = image.AddRecord(at, "..", FatAttributes.Directory, 5, 0);
        image.AddFile(at, "leaf", "LEAF", 10, 27);
        return image.Image;
    }
}
