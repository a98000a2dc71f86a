using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;
using Portability.Tests;
using Xunit;

namespace Portability.Core.Tests.Native;

public sealed class UnbufferedWriterTests : IDisposable
{
    private const int Length = 1 << 20;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Memory_is_aligned_and_anything_else_is_noticed()
    {
        Memory<byte> memory = AlignedMemory.Allocate(3 * AlignedMemory.Alignment);
        Assert.True(AlignedMemory.IsAligned(0, memory.Span));
        Assert.True(AlignedMemory.IsAligned(AlignedMemory.Alignment, memory.Span[AlignedMemory.Alignment..]));
        Assert.False(AlignedMemory.IsAligned(512, memory.Span));
        Assert.False(AlignedMemory.IsAligned(0, memory.Span[1..]));
        Assert.False(AlignedMemory.IsAligned(0, memory.Span[..^512]));
    }

    [Fact]
    public void Both_ways_of_writing_see_one_file()
    {
        string path = folder.File("a");
        using SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite);
        using UnbufferedWriter? writer = UnbufferedWriter.TryOpen(file);
        Assert.SkipWhen(writer is null, "This file system has no writes past the page cache.");
        Memory<byte> bytes = Filled();
        byte[] expected = new byte[4 * Length];
        RandomAccess.Write(file, expected, 0); // In the cache, not yet on the disk.
        for (int piece = 0; piece < 3; piece++)
        {
            long offset = (piece * Length) + (piece * AlignedMemory.Alignment);
            Assert.True(writer.Takes(offset, bytes.Span));
            Assert.Equal(Length, writer.Write(offset, bytes.Span));
            bytes.Span.CopyTo(expected.AsSpan((int)offset));
            RandomAccess.Write(file, "in between"u8, offset + 77);
            "in between"u8.CopyTo(expected.AsSpan((int)offset + 77));
        }

        byte[] found = new byte[expected.Length];
        Assert.Equal(found.Length, RandomAccess.Read(file, found, 0));
        Assert.True(found.AsSpan().SequenceEqual(expected));
    }

    [Fact]
    public void Short_or_crooked_pieces_are_left_to_the_cache()
    {
        using SafeFileHandle file = File.OpenHandle(folder.File("b"), FileMode.CreateNew, FileAccess.ReadWrite);
        using UnbufferedWriter? writer = UnbufferedWriter.TryOpen(file);
        Assert.SkipWhen(writer is null, "This file system has no writes past the page cache.");
        Memory<byte> bytes = Filled();
        Assert.False(writer.Takes(0, bytes.Span[..AlignedMemory.Alignment]));
        Assert.False(writer.Takes(512, bytes.Span));
        Assert.False(writer.Takes(0, bytes.Span[8..]));
    }

    [Fact]
    public void A_full_disk_takes_what_it_can_and_the_cache_tells_why_no_more()
    {
        using (FileStream image = File.Create(folder.File("image")))
        {
            image.SetLength(16 << 20);
        }

        ForeignTool.Check("mkfs.ext4", "-q", "-F", folder.File("image"));
        using var disk = new MountedFolder(folder.File("disk"), "-o", "loop", folder.File("image"));
        using IOpenFile file = FileSystemCalls.Create().Create(Path.Combine(disk.Path, "c"));
        Memory<byte> bytes = AlignedMemory.Allocate(32 << 20);
        FileCallException error = Assert.Throws<FileCallException>(() => file.Write(0, bytes.Span));
        Assert.Equal(FileCallError.Full, error.Error);
        Assert.True(file.Stat().Length < bytes.Length);
    }

    private static Memory<byte> Filled()
    {
        Memory<byte> bytes = AlignedMemory.Allocate(Length);
        new Random(5).NextBytes(bytes.Span);
        return bytes;
    }
}
