using System.Buffers.Binary;
using System.Text;
using Portability.Engine.Files;
using Portability.Tests;
using Xunit;

namespace Portability.Engine.Tests.Files;

/// <summary>Guests that were made to make us write where we should not, or never to end.</summary>
public sealed class HostileGuestTests : IDisposable
{
    private const int BlockSize = 1024;
    private readonly TemporaryFolder folder = new();
    private readonly RecordingObserver observer = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Names_with_slashes_and_dots_stay_below_the_destination()
    {
        string image = Make("evil-escape", "evil-zerobyt");
        byte[] bytes = await File.ReadAllBytesAsync(image);
        Replace(bytes, "evil-escape", "../../escap");
        Replace(bytes, "evil-zerobyt", "a/\0/../../b.");
        await File.WriteAllBytesAsync(image, bytes);
        string target = folder.File("below/target");
        await CopyAsync(image, "/", target, recurse: true);
        string[] made = [.. Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.Path, path)).Where(path => path != "volume")];
        Assert.All(made, path => Assert.StartsWith("below/target/", path, StringComparison.Ordinal));
        Assert.Contains("below/target/..%2F..%2Fescap", made);
        Assert.Contains("below/target/a%2F%00%2F..%2F..%2Fb.", made);
    }

    [Fact]
    public async Task A_directory_that_holds_itself_is_entered_once()
    {
        string image = Make("dir/inner/file");
        byte[] bytes = await File.ReadAllBytesAsync(image);

        // The entry "inner" of "dir" names the root.
        int entry = bytes.AsSpan().IndexOf("\u0005\u0002inner"u8) - 6;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(entry), 2);
        await File.WriteAllBytesAsync(image, bytes);
        var options = new FileListOptions { Paths = [new PathPattern("/", isLiteral: true)], Recurse = true };
        List<WorkloadFile> files = await new FileFacade().ListAsync(new GuestSource { ImagePaths = [image] }, null, options, observer, CancellationToken.None).ToListAsync();
        Assert.Equal(["/dir", "/dir/inner", "/lost+found"], files.Select(file => file.Path).Order(StringComparer.Ordinal));
        await CopyAsync(image, "/", folder.File("copy"), recurse: true);
        Assert.Empty(Directory.EnumerateFiles(folder.File("copy"), "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_of_a_giant_length_lists_and_is_refused_when_there_is_no_room()
    {
        string image = Make("giant");
        ForeignTool.Check("debugfs", "-w", "-R", "set_inode_field /giant size 0x3FFFFFFFFFFFFFF", image);
        var options = new FileListOptions { Paths = [new PathPattern("/giant", isLiteral: true)] };
        WorkloadFile file = Assert.Single(await new FileFacade().ListAsync(new GuestSource { ImagePaths = [image] }, null, options, observer, CancellationToken.None).ToListAsync());
        Assert.Equal(0x3FFFFFFFFFFFFFF, file.Length);
        StorageException error = await Assert.ThrowsAsync<StorageException>(() => CopyAsync(image, "/giant", folder.File("out"), recurse: false));
        Assert.Equal("CopyFailed", error.ErrorId);
        Assert.Equal(["volume"], Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName));
    }

    private static void Replace(byte[] bytes, string from, string to)
    {
        int at = bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(from));
        Assert.True(at > 0 && from.Length == to.Length);
        Encoding.ASCII.GetBytes(to).CopyTo(bytes, at);
    }

    private Task CopyAsync(string image, string path, string destination, bool recurse) => new FileFacade().CopyAsync(
        new GuestSource { ImagePaths = [image] },
        null,
        new FileCopyOptions { Files = new FileListOptions { Paths = [new PathPattern(path, isLiteral: true)], Recurse = recurse }, Destination = destination },
        (_, _) => ValueTask.CompletedTask,
        observer,
        CancellationToken.None);

    private string Make(params string[] files)
    {
        using var source = new TemporaryFolder();
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(source.File(file))!);
            File.WriteAllText(source.File(file), "x");
        }

        string image = folder.File("volume");
        ForeignTool.Check("mke2fs", "-q", "-F", "-t", "ext2", "-b", BlockSize.ToString(System.Globalization.CultureInfo.InvariantCulture), "-d", source.Path, image, "2M");
        return image;
    }
}
