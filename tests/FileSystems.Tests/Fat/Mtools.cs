using Portability.Disks.Blocks;
using Portability.FileSystems.Fat;
using Portability.Tests;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

/// <summary>A volume that `mkfs.fat` made and `mtools` fill and read: the foreign side of what we read.</summary>
internal sealed class Mtools : IDisposable
{
    private readonly TemporaryFolder folder = new();

    /// <summary>Makes a volume.</summary>
    /// <param name="length">Length in bytes.</param>
    /// <param name="arguments">Arguments of `mkfs.fat`.</param>
    public Mtools(long length, params string[] arguments)
    {
        Assert.SkipWhen(ForeignTool.Find("mcopy") is null, "The tool 'mcopy' is not installed.");
        using (FileStream file = File.Create(ImagePath))
        {
            file.SetLength(length);
        }

        ForeignTool.Check("mkfs.fat", [.. arguments, ImagePath]);
        Directory.CreateDirectory(Source);
    }

    /// <summary>The image.</summary>
    public string ImagePath => folder.File("volume.img");

    /// <summary>A folder of the host for what is copied onto the volume.</summary>
    public string Source => folder.File("source");

    /// <summary>Runs one of the tools.</summary>
    public string Run(string tool, params string[] arguments) =>
        ForeignTool.Check("env", ["LC_ALL=C.UTF-8", "TZ=UTC", "MTOOLS_SKIP_CHECK=1", tool, "-i", ImagePath, .. arguments]);

    /// <summary>Copies the source folder onto the volume, in one call.</summary>
    public void Fill() => Run("mcopy", ["-s", "-Q", "-m", .. Directory.GetFileSystemEntries(Source).Order(StringComparer.Ordinal), "::/"]);

    /// <summary>What the tools read back.</summary>
    public string ReadBack()
    {
        string target = Directory.CreateDirectory(folder.File("back")).FullName;
        Run("mcopy", "-s", "-n", "-m", "::/*", target);
        return target;
    }

    public async Task<IFileSystem> OpenAsync()
    {
        FileBlockDevice device = FileBlockDevice.Open(ImagePath);
        Assert.True(new FatFormat().Matches(await VolumeProbe.ReadHeadAsync(device, default)));
        return await new FatFormat().OpenAsync(device, default);
    }

    public void Dispose() => folder.Dispose();
}
