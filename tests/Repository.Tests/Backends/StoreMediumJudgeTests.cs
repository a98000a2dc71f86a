using Portability.Core.Native;
using Portability.Repository.Backends;
using Xunit;

namespace Portability.Repository.Tests.Backends;

/// <summary>Lines as kernels write them.</summary>
public sealed class StoreMediumJudgeTests
{
    private const string Nfs4 = "512 28 0:55 / /mnt/nfs rw,relatime shared:303 - nfs4 filer:/export rw,vers=4.2,rsize=1048576,wsize=1048576,namlen=255,";
    private const string Nfs4End = "hard,proto=tcp,timeo=600,retrans=2,sec=sys,clientaddr=10.0.0.5,local_lock=none,addr=10.0.0.9";
    private const string Cifs = "513 28 0:56 / /mnt/share rw,relatime shared:304 - cifs //server/share rw,vers=3.1.1,";
    private const string CifsEnd = "username=backup,uid=0,noforceuid,gid=0,noforcegid,addr=10.0.0.9,file_mode=0755,dir_mode=0755,soft,nounix,serverino,mapposix,rsize=4194304,wsize=4194304,bsize=1048576,retrans=1,echo_interval=60,closetimeo=1";

    [Theory]
    [InlineData("29 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard", "Local")]
    [InlineData("29 1 0:30 /@ / rw,relatime shared:1 - btrfs /dev/mapper/root rw,compress=zstd:1,ssd,subvolid=256,subvol=/@", "Local")]
    [InlineData("30 1 8:1 / /data rw,relatime - xfs /dev/sda1 rw,attr2,inode64,logbufs=8,noquota", "Local")]
    [InlineData("31 1 0:40 / / rw,relatime master:2 - overlay overlay rw,lowerdir=/a:/b,upperdir=/c,workdir=/d", "Local")]
    [InlineData("32 1 0:22 / /dev/shm rw,nosuid,nodev shared:4 - tmpfs tmpfs rw,inode64", "Local")]
    [InlineData("33 1 8:17 / /media/usb rw,relatime - exfat /dev/sdb1 rw,iocharset=utf8", "Local")]
    [InlineData("34 1 8:18 / /media/ntfs rw,relatime - fuseblk /dev/sdb2 rw,user_id=0,group_id=0,allow_other,blksize=4096", "Local")]
    [InlineData(Nfs4 + "acregmin=0,acregmax=0,acdirmin=0,acdirmax=0,hard,noac,lookupcache=none,sec=sys", "Nfs")]
    [InlineData("512 28 0:55 / /mnt/nfs rw,sync,relatime - nfs filer:/export rw,sync,vers=3,rsize=1048576,noac,nolock,proto=tcp,lookupcache=none,local_lock=all", "Nfs")]
    [InlineData(Cifs + "cache=none,nohandlecache,actimeo=0," + CifsEnd, "Smb")]
    [InlineData("513 28 0:56 / /mnt/share rw - smb3 //server/share rw,cache=none,nohandlecache,acdirmax=0,acregmax=0", "Smb")]
    public void What_shows_everyone_the_same_state_is_taken(string line, string expected) =>
        Assert.Equal(expected, StoreMediumJudge.JudgeMount("/store", Assert.Single(MountTable.Parse(line).Entries), "0\n").ToString());

    [Theory]
    [InlineData(Nfs4 + Nfs4End, "noac, lookupcache=none")]
    [InlineData(Nfs4 + "noac," + Nfs4End, "lookupcache=none")]
    [InlineData(Nfs4 + "lookupcache=none," + Nfs4End, "noac")]
    [InlineData(Nfs4 + "noac,lookupcache=pos," + Nfs4End, "lookupcache=none")]
    [InlineData(Cifs + "cache=strict,actimeo=1," + CifsEnd, "cache=none, actimeo=0, nohandlecache")]
    [InlineData(Cifs + "cache=none,actimeo=0," + CifsEnd, "nohandlecache")]
    [InlineData(Cifs + "cache=none,nohandlecache,acdirmax=60,acregmax=0," + CifsEnd, "actimeo=0")]
    [InlineData(Cifs + "cache=loose,nohandlecache,actimeo=0," + CifsEnd, "cache=none")]
    public void Caches_are_refused_with_what_is_missing(string line, string missing)
    {
        StorageException error = Assert.Throws<StorageException>(() => StoreMediumJudge.JudgeMount("/store", Assert.Single(MountTable.Parse(line).Entries), "0"));
        Assert.Equal("StoreNotConsistent", error.ErrorId);
        Assert.Equal(ErrorKind.Unsupported, error.Kind);
        Assert.Contains($": {missing} is not set.", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("Mount '", error.RecommendedAction, StringComparison.Ordinal);
        Assert.Equal("/store", error.TargetName);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1\n")]
    [InlineData("")]
    public void The_not_found_cache_of_the_smb_client_must_be_off(string? lookupCacheEnabled)
    {
        MountEntry mount = MountTable.Parse(Cifs + "cache=none,nohandlecache,actimeo=0," + CifsEnd).Entries[0];
        StorageException error = Assert.Throws<StorageException>(() => StoreMediumJudge.JudgeMount("/store", mount, lookupCacheEnabled));
        Assert.Contains("LookupCacheEnabled=0", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("35 1 0:44 / /mnt/ssh rw,nosuid,nodev,relatime - fuse.sshfs user@host:/ rw,user_id=0,group_id=0", "fuse.sshfs")]
    [InlineData("36 1 0:45 / /mnt/s3 rw - fuse.s3fs s3fs rw", "fuse.s3fs")]
    [InlineData("37 1 0:46 / /mnt/host rw,relatime - 9p host rw,trans=virtio,cache=loose", "9p")]
    [InlineData("38 1 0:47 / /mnt/v rw,relatime - virtiofs share rw", "virtiofs")]
    [InlineData("39 1 0:48 / /mnt/c rw,relatime - ceph 10.0.0.1:/ rw,name=admin", "ceph")]
    [InlineData("40 1 0:49 / /mnt/g rw,relatime - fuse.glusterfs g:/vol rw", "fuse.glusterfs")]
    public void Unknown_file_systems_are_refused_by_name(string line, string name)
    {
        StorageException error = Assert.Throws<StorageException>(() => StoreMediumJudge.JudgeMount("/store", Assert.Single(MountTable.Parse(line).Entries), "0"));
        Assert.Equal("StoreNotConsistent", error.ErrorId);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_without_mount_is_refused() =>
        Assert.Equal("StoreNotConsistent", Assert.Throws<StorageException>(() => StoreMediumJudge.JudgeMount("/store", null, null)).ErrorId);

    [Fact]
    public void A_share_of_windows_needs_three_caches_off()
    {
        Assert.Equal(StoreMedium.Smb, StoreMediumJudge.JudgeShare(@"\\server\share", 0, 0, 0));
        StorageException error = Assert.Throws<StorageException>(() => StoreMediumJudge.JudgeShare(@"\\server\share", 10, 0, null));
        Assert.Contains("DirectoryCacheLifetime, FileInfoCacheLifetime is not 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("Set-SmbClientConfiguration", error.RecommendedAction, StringComparison.Ordinal);
    }
}
