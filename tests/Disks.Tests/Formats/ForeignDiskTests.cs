using System.Security.Cryptography;
using System.Text.Json;
using Portability.Disks.Formats;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats;

/// <summary>Images that other programs made, against the digests that foreign tools computed of them.</summary>
public sealed class ForeignDiskTests : IDisposable
{
    private static readonly string[] Formats = [".vhd.gz", ".vhdx.gz", ".img.gz", ".qcow2.gz", ".vmdk.gz"];

    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Sound => new(Names(sound: true));

    public static TheoryData<string> Broken => new(Names(sound: false));

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Sound))]
    public async Task Reads_the_same_bytes(string file)
    {
        JsonElement facts = Facts(file);
        string path = TestData.Unpack("vdisk", file, folder.Path);
        byte[] before = SHA256.HashData(File.ReadAllBytes(path));
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault().OpenAsync(path, null, Token))
        {
            JsonElement content = facts.GetProperty("content");
            Assert.Equal(content.GetProperty("size").GetInt64(), image.Length);
            (int chunks, string sha256) = await DiskDigest.ComputeAsync(image);
            Assert.Equal(content.GetProperty("nonzero_chunks").GetInt32(), chunks);
            Assert.Equal(content.GetProperty("nonzero_chunks_sha256").GetString(), sha256);
            Assert.Empty(image.ToleratedDamage);
            if (facts.TryGetProperty("libvhdi", out JsonElement libvhdi))
            {
                Assert.Equal(libvhdi.GetProperty("Disk type").GetString()!.Replace("Differential", "Differencing", StringComparison.Ordinal), image.SubFormat);
                Guid? id = string.Equals(image.FormatName, "VHDX", StringComparison.Ordinal) ? image.Identity.DataWriteGuid : image.Identity.DiskId;
                Assert.Equal(libvhdi.GetProperty("Identifier").GetString(), id.ToString());
            }
        }

        Assert.Equal(before, SHA256.HashData(File.ReadAllBytes(path)));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Refuses_what_is_broken(string file)
    {
        string path = TestData.Unpack("vdisk", file, folder.Path);
        InvalidFormatException error = await Assert.ThrowsAsync<InvalidFormatException>(
            async () => await DiskFormatRegistry.CreateDefault().OpenAsync(path, null, Token));
        Assert.Equal(path, error.TargetName);
        Assert.NotEmpty(error.Structure);
    }

    private static JsonElement Facts(string file) =>
        TestData.Expected("vdisk").RootElement.GetProperty("items").EnumerateArray()
            .Single(item => string.Equals(item.GetProperty("file").GetString(), file, StringComparison.Ordinal)).GetProperty("facts");

    private static IEnumerable<string> Names(bool sound)
    {
        if (TestData.Root is null)
        {
            return ["none"]; // The test then skips itself with the reason.
        }

        return TestData.Expected("vdisk").RootElement.GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("facts").TryGetProperty("content", out _) == sound)
            .Select(item => item.GetProperty("file").GetString()!)
            .Where(file => Formats.Any(extension => file.EndsWith(extension, StringComparison.Ordinal)));
    }
}
