using Portability.Core.Native;
using Portability.Tests;
using Xunit;

namespace Portability.Core.Tests.Native;

public sealed class FileSystemCallsTests : IDisposable
{
    private readonly IFileSystemCalls calls = FileSystemCalls.Create();
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Files_are_created_once_written_flushed_and_read()
    {
        string path = folder.File("a");
        using (IOpenFile file = calls.Create(path))
        {
            file.Write(0, "hello"u8);
            file.Write(5, " world"u8);
            file.Flush();
            Assert.Equal(11, file.Stat().Length);
            byte[] whole = new byte[20];
            Assert.Equal(11, file.Read(0, whole));
            Assert.Equal(4, file.Read(7, whole));
            Assert.Equal(0, file.Read(11, whole));
            Assert.Equal("orldo world"u8.ToArray(), whole[..11]);
        }

        Assert.Equal(FileCallError.Exists, ErrorOf(() => calls.Create(path).Dispose()));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.OpenRead(folder.File("b")).Dispose()));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.Create(Path.Join(folder.File("b"), "c")).Dispose()));
        using (IOpenFile file = calls.OpenWrite(path))
        {
            file.Write(11, "!"u8);
        }

        Assert.Equal("hello world!", File.ReadAllText(path));
    }

    [Fact]
    public void Links_and_renames_never_replace()
    {
        File.WriteAllText(folder.File("a"), "a");
        File.WriteAllText(folder.File("b"), "b");
        Assert.Equal(FileCallError.Exists, ErrorOf(() => calls.Link(folder.File("a"), folder.File("b"))));
        Assert.Equal(FileCallError.Exists, ErrorOf(() => calls.RenameNoReplace(folder.File("a"), folder.File("b"))));
        Assert.Equal("b", File.ReadAllText(folder.File("b")));
        calls.Link(folder.File("a"), folder.File("c"));
        Assert.Equal(calls.Stat(folder.File("a"))!.Value.Identity, calls.Stat(folder.File("c"))!.Value.Identity);
        Assert.NotEqual(calls.Stat(folder.File("a"))!.Value.Identity, calls.Stat(folder.File("b"))!.Value.Identity);
        calls.RenameNoReplace(folder.File("a"), folder.File("d"));
        Assert.Null(calls.Stat(folder.File("a")));
        Assert.Equal("a", File.ReadAllText(folder.File("d")));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.Link(folder.File("a"), folder.File("e"))));
        calls.Unlink(folder.File("d"));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.Unlink(folder.File("d"))));
        Assert.Equal("a", File.ReadAllText(folder.File("c")));
    }

    [Fact]
    public void Folders_are_made_flushed_listed_and_removed_when_empty()
    {
        string path = folder.File("f");
        calls.CreateFolder(path);
        Assert.Equal(FileCallError.Exists, ErrorOf(() => calls.CreateFolder(path)));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.CreateFolder(Path.Join(folder.File("g"), "h"))));
        File.WriteAllText(Path.Join(path, "file"), "12345");
        File.WriteAllText(Path.Join(path, "empty"), "");
        calls.CreateFolder(Path.Join(path, "sub"));
        Assert.Equal(
            [new FolderEntry("empty", FileKind.File, 0), new FolderEntry("file", FileKind.File, 5), new FolderEntry("sub", FileKind.Folder, 0)],
            calls.List(path).OrderBy(entry => entry.Name, StringComparer.Ordinal));
        FileIdentity? identity = calls.FlushFolder(path);
        Assert.Equal(identity, calls.FlushFolder(path));
        Assert.Equal(FileCallError.NotEmpty, ErrorOf(() => calls.RemoveFolder(path)));
        Directory.Delete(path, recursive: true);
        calls.CreateFolder(path);
        Assert.True(identity is null || identity != calls.FlushFolder(path), "A folder made anew looks like the old one.");
        calls.RemoveFolder(path);
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.FlushFolder(path)));
        Assert.Equal(FileCallError.NotFound, ErrorOf(() => calls.List(path)));
        Assert.Null(calls.Stat(path));
    }

    [Fact]
    public void Links_pipes_and_folders_are_not_opened_as_files()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes and links to files are made by Linux tools.");
        File.WriteAllText(folder.File("a"), "a");
        File.CreateSymbolicLink(folder.File("link"), folder.File("a"));
        ForeignTool.Check("mkfifo", folder.File("pipe"));
        foreach (string name in new[] { "link", "pipe", "." })
        {
            Assert.Equal(FileCallError.WrongType, ErrorOf(() => calls.OpenRead(folder.File(name)).Dispose()));
        }

        Assert.Equal(FileKind.Other, calls.Stat(folder.File("link"))!.Value.Kind);
        Assert.Null(calls.Stat(Path.Join(folder.File("a"), "below")));
        Assert.Equal([FileKind.File, FileKind.Other, FileKind.Other], calls.List(folder.Path).OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => entry.Kind));
    }

    private static FileCallError ErrorOf(Action call) => Assert.Throws<FileCallException>(call).Error;
}
