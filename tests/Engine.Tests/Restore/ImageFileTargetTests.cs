using Portability.Disks.Formats;
using Portability.Engine.Restore;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Restore;

public sealed class ImageFileTargetTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Target => folder.File("web01-0.raw");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Nothing_has_the_final_name_before_the_image_is_whole()
    {
        await using ImageFileTarget target = await CreateAsync(replace: false);
        await target.Image.WriteAsync(0, new byte[] { 1, 2, 3 }, CancellationToken.None);
        Assert.False(File.Exists(Target));
        await target.FlushAsync(CancellationToken.None);
        await target.PublishAsync();
        Assert.Equal(4096, new FileInfo(Target).Length);
        Assert.Equal([Target], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_target_that_is_given_up_leaves_nothing()
    {
        ImageFileTarget target = await CreateAsync(replace: false);
        Assert.NotEmpty(Directory.GetFiles(folder.Path));
        await target.DisposeAsync();
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task An_existing_file_is_refused_before_anything_is_written()
    {
        File.WriteAllText(Target, "old");
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => CreateAsync(replace: false));
        Assert.Equal("FileExists", error.ErrorId);
        Assert.Equal("old", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task A_file_that_comes_meanwhile_is_not_replaced()
    {
        await using (ImageFileTarget target = await CreateAsync(replace: false))
        {
            File.WriteAllText(Target, "other");
            await target.FlushAsync(CancellationToken.None);
            StorageException error = await Assert.ThrowsAsync<StorageException>(target.PublishAsync);
            Assert.Equal("FileExists", error.ErrorId);
        }

        Assert.Equal("other", File.ReadAllText(Target));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task With_force_the_old_file_stands_until_the_new_one_is_whole()
    {
        File.WriteAllText(Target, "old");
        await using ImageFileTarget target = await CreateAsync(replace: true);
        await target.Image.WriteAsync(0, new byte[] { 1, 2, 3 }, CancellationToken.None);
        Assert.Equal("old", File.ReadAllText(Target));
        await target.FlushAsync(CancellationToken.None);
        await target.PublishAsync();
        Assert.Equal(4096, new FileInfo(Target).Length);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    private Task<ImageFileTarget> CreateAsync(bool replace) => ImageFileTarget.CreateAsync(
        DiskFormatRegistry.CreateDefault(),
        Target,
        "Raw",
        new DiskCreateOptions { Length = 4096, UniqueId = Guid.NewGuid() },
        replace,
        CancellationToken.None);
}
