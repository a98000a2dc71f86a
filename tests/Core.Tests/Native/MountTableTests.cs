using Portability.Core.Native;
using Xunit;

namespace Portability.Core.Tests.Native;

public sealed class MountTableTests
{
    private const string Text = """
        29 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
        30 29 0:5 / /dev rw,nosuid shared:2 master:1 propagate_from:3 - devtmpfs none rw,size=4k
        40 29 0:50 / /mnt/with\040space\011and\134slash rw - nfs filer:/a\040b rw,noac
        41 29 0:51 / /mnt rw - xfs /dev/sda rw
        42 41 0:52 / /mnt rw - ext4 /dev/sdb rw
        43 29 0:53 / /mnt/deep rw - tmpfs tmpfs rw
        not a line
        44 29 0:54 / /broken rw -
        x 29 0:54 / /broken rw - ext4 /dev/x rw
        """;

    [Fact]
    public void Lines_are_read_and_others_passed_over()
    {
        MountTable table = MountTable.Parse(Text);
        Assert.Equal(6, table.Entries.Count);
        MountEntry escaped = table.Entries[2];
        Assert.Equal("/mnt/with space\tand\\slash", escaped.MountPoint);
        Assert.Equal("filer:/a b", escaped.Source);
        Assert.Equal(["noac", "rw"], escaped.Options.Order(StringComparer.Ordinal));
        Assert.Equal("devtmpfs", table.Entries[1].FileSystem);
        Assert.Contains("nosuid", table.Entries[1].Options);
        Assert.Contains("size=4k", table.Entries[1].Options);
    }

    [Theory]
    [InlineData(0, "/etc", "/dev/vda")]
    [InlineData(0, "/dev/x", "none")]
    [InlineData(0, "/device", "/dev/vda")]
    [InlineData(0, "/mnt/x", "/dev/sdb")]
    [InlineData(0, "/mnt", "/dev/sdb")]
    [InlineData(0, "/mnt/deep/er", "tmpfs")]
    [InlineData(0, "/mnt/deeper", "/dev/sdb")]
    [InlineData(41, "/mnt/deep", "/dev/sda")]
    public void The_mount_of_a_path_is_found_by_number_or_place(int id, string path, string source) =>
        Assert.Equal(source, MountTable.Parse(Text).Find((ulong)id, path)!.Source);

    [Fact]
    public void An_unknown_number_is_no_mount_and_nor_is_anything_in_an_empty_table()
    {
        Assert.Null(MountTable.Parse(Text).Find(99, "/"));
        Assert.Null(MountTable.Parse("").Find(0, "/"));
    }

    [Fact]
    public void This_machines_own_root_is_in_its_table()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has this table.");
        FileStatus status = FileSystemCalls.Create().Stat("/")!.Value;
        Assert.Equal(FileKind.Folder, status.Kind);
        MountEntry mount = MountTable.ReadOwn().Find(status.MountId, "/")!;
        Assert.Equal("/", mount.MountPoint);
        Assert.Equal(mount.FileSystem, MountTable.ReadOwn().Find(0, "/")!.FileSystem);
    }
}
