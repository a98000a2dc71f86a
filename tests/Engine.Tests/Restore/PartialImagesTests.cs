using Portability.Disks.Formats;
using Portability.Engine.Restore;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Restore;

/// <summary>What restores that were killed leave behind, and what running ones need.</summary>
public sealed class PartialImagesTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("Raw")]
    [InlineData("Vhdx")]
    [InlineData("Vmdk")]
    public async Task A_running_restore_keeps_its_files_and_a_dead_one_loses_them(string format)
    {
        await using (ImageFileTarget target = await CreateAsync(format))
        {
            string[] made = Hidden();
            Remove();
            Assert.Equal(made, Hidden());

            // What a kill leaves has the same names and sizes, and nobody holds it.
            foreach (string file in made)
            {
                File.Copy(file, Path.Combine(folder.Path, $".{Guid.Empty:N}{Path.GetFileName(file)[33..]}"));
            }

            Assert.Equal(2 * made.Length, Hidden().Length);
            Remove();
            Assert.Equal(made, Hidden());
            Assert.Equal(made.Length, observer.Details.Count);
            await target.FlushAsync(CancellationToken.None);
            await target.PublishAsync();
        }

        Assert.All(Hidden(), file => Assert.StartsWith("web01-0", Path.GetFileName(file), StringComparison.Ordinal));
        Assert.Empty(observer.Warnings);
    }

    [Fact]
    public async Task An_image_that_is_whole_and_waits_for_the_others_is_kept()
    {
        await using ImageFileTarget target = await CreateAsync("Raw");
        await target.FlushAsync(CancellationToken.None);
        string waiting = Assert.Single(Hidden());
        Remove();
        Assert.Equal([waiting], Hidden());
        await target.PublishAsync();
        Assert.Equal([folder.File("web01-0.Raw")], Hidden());
    }

    [Fact]
    public void A_file_that_was_never_written_is_given_time_to_be_locked()
    {
        string made = folder.File($".{Guid.NewGuid():N}.partial.raw");
        File.Create(made).Dispose();
        File.SetLastWriteTimeUtc(made, Now.UtcDateTime.AddMinutes(-59));
        Remove();
        Assert.Equal([made], Hidden());
        File.SetLastWriteTimeUtc(made, Now.UtcDateTime.AddMinutes(-61));
        Remove();
        Assert.Empty(Hidden());
    }

    [Theory]
    [InlineData(".partial.raw")]
    [InlineData(".0123456789abcdef0123456789abcde.partial.raw")]
    [InlineData(".0123456789abcdef0123456789abcdeg.partial.raw")]
    [InlineData(".0123456789abcdef0123456789abcdef.partially")]
    [InlineData("0123456789abcdef0123456789abcdef.partial.raw")]
    public void Files_of_others_are_kept(string name)
    {
        File.WriteAllText(folder.File(name), "precious");
        Remove();
        Assert.Single(Hidden());
    }

    [Fact]
    public void What_is_no_file_is_kept()
    {
        string precious = folder.File("precious");
        File.WriteAllText(precious, "precious");
        File.CreateSymbolicLink(folder.File($".{Guid.NewGuid():N}.partial.raw"), precious);
        Directory.CreateDirectory(folder.File($".{Guid.NewGuid():N}.partial.raw"));
        ForeignTool.Check("mkfifo", folder.File($".{Guid.NewGuid():N}.partial.raw"));
        Remove();
        Assert.Equal(4, Directory.GetFileSystemEntries(folder.Path).Length);
        Assert.Equal("precious", File.ReadAllText(precious));
    }

    private void Remove() => PartialImages.RemoveLeftBehind(folder.Path, Now, observer);

    private string[] Hidden() => [.. Directory.GetFiles(folder.Path, "*", new EnumerationOptions { AttributesToSkip = FileAttributes.None }).Order(StringComparer.Ordinal)];

    private Task<ImageFileTarget> CreateAsync(string format) => ImageFileTarget.CreateAsync(
        DiskFormatRegistry.CreateDefault(),
        folder.File("web01-0." + format),
        format,
        new DiskCreateOptions { Length = 1 << 20, UniqueId = Guid.NewGuid() },
        replace: true,
        CancellationToken.None);
}
