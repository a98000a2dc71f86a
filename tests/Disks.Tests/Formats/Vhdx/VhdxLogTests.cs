using Portability.Disks.Blocks;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhdx;
using Portability.Tests;
using Xunit;

namespace Portability.Disks.Tests.Formats.Vhdx;

/// <summary>Replay of logs, against the same writes made in place and against QEMU's replay.</summary>
public sealed class VhdxLogTests
{
    private static readonly Guid LogId = new("5f0b1d52-3c1a-4b70-9d0a-000000000001");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<int> Starts => [0, VhdxLogWriter.LogSize - 4096, VhdxLogWriter.LogSize - 8192, 120 * 4096];

    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Replays_what_was_not_written_in_place(int start)
    {
        byte[] file = await MakeAsync();
        byte[] expected = [.. file];
        var random = new Random(start);
        var log = new VhdxLogWriter(file, LogId, start);

        // An older sequence elsewhere in the log must not be replayed.
        var older = new VhdxLogWriter(file, LogId, (start + (120 * 4096)) % VhdxLogWriter.LogSize);
        older.Append(3, older.Next, file.Length, file.Length, (4 << 20, Sector(random), 0));

        int tail = log.Next;
        for (ulong sequence = 100; sequence < 110; sequence++)
        {
            var writes = new (long, byte[]?, long)[random.Next(1, 6)];
            for (int i = 0; i < writes.Length; i++)
            {
                long offset = (4L << 20) + (random.Next((file.Length - (4 << 20)) / 4096) * 4096L);
                int zeros = random.Next(4) == 0 ? (int)Math.Min(random.Next(1, 200) * 4096L, file.Length - offset) : 0;
                writes[i] = (offset, zeros > 0 ? null : Sector(random), zeros);
                (zeros > 0 ? new byte[zeros] : writes[i].Item2!).CopyTo(expected.AsSpan((int)offset));
            }

            log.Append(sequence, tail, file.Length, file.Length, writes);
        }

        // A torn entry: its last sector never reached the medium.
        int torn = log.Append(110, tail, file.Length, file.Length, (4 << 20, Sector(random), 0), (5 << 20, Sector(random), 0));
        file.AsSpan(VhdxLogWriter.LogAt + ((torn + 8192) % VhdxLogWriter.LogSize), 4096).Clear();
        VhdxLogWriter.SetLog(file, LogId);

        // QEMU 7.2 loses the first entries of a sequence that runs over the log's end.
        await CheckAsync(file, expected, asksQemu: start < VhdxLogWriter.LogSize / 2);
    }

    [Fact]
    public async Task Replays_only_from_the_tail_on()
    {
        byte[] file = await MakeAsync();
        byte[] expected = [.. file];
        var log = new VhdxLogWriter(file, LogId, 0);
        byte[] stale = Enumerable.Repeat((byte)1, 4096).ToArray();
        byte[] current = Enumerable.Repeat((byte)2, 4096).ToArray();
        log.Append(1, 0, file.Length, file.Length, (6 << 20, stale, 0));
        int tail = log.Append(2, 0, file.Length, file.Length, (5 << 20, stale, 0));
        log.Append(3, tail, file.Length, file.Length, (5 << 20, current, 0));
        current.CopyTo(expected, 5 << 20);
        VhdxLogWriter.SetLog(file, LogId);

        // QEMU 7.2 replays the entry before the tail too, though what it says was written in place, and may have changed since.
        await CheckAsync(file, expected, asksQemu: false);
    }

    [Fact]
    public async Task Leaves_out_entries_whose_numbers_do_not_go_on()
    {
        byte[] file = await MakeAsync();
        byte[] expected = [.. file];
        var log = new VhdxLogWriter(file, LogId, 4096);
        log.Append(3, log.Next, file.Length, file.Length, (6 << 20, Sector(new Random(1)), 0));
        byte[] sector = Sector(new Random(2));
        log.Append(9, log.Next, file.Length, file.Length, (5 << 20, sector, 0));
        log.Append(4, 4096, file.Length, file.Length, (4 << 20, Sector(new Random(3)), 0));
        sector.CopyTo(expected, 5 << 20);
        VhdxLogWriter.SetLog(file, LogId);

        // QEMU 7.2 takes neighbours for one sequence whatever their numbers.
        await CheckAsync(file, expected, asksQemu: false);
    }

    [Fact]
    public async Task Replays_tables()
    {
        byte[] file = await MakeAsync();
        byte[] expected = [.. file];
        byte[] table = file[(3 << 20)..((3 << 20) + 4096)];
        new byte[8].CopyTo(table, 8); // Block 1 is gone.
        table.CopyTo(expected, 3 << 20);
        new VhdxLogWriter(file, LogId, 8192).Append(7, 8192, file.Length, file.Length, (3 << 20, table, 0));
        VhdxLogWriter.SetLog(file, LogId);
        await CheckAsync(file, expected, asksQemu: true);
    }

    [Fact]
    public async Task Grows_the_file_in_memory()
    {
        byte[] whole = await MakeAsync();
        byte[] file = whole[..^(1 << 20)];
        byte[] expected = [.. whole];
        expected.AsSpan(file.Length).Clear();
        byte[] sector = Sector(new Random(1));
        sector.CopyTo(expected, whole.Length - 8192);
        new VhdxLogWriter(file, LogId, 0).Append(7, 0, file.Length, whole.Length, (whole.Length - 8192, sector, 0));
        VhdxLogWriter.SetLog(file, LogId);
        await CheckAsync(file, expected, asksQemu: false);
    }

    [Theory]
    [InlineData("empty", "no valid entries")]
    [InlineData("other id", "no valid entries")]
    [InlineData("cut off", "it was cut off")]
    [InlineData("outside", "do not lie inside")]
    [InlineData("version", "log has version 1")]
    public async Task Refuses_a_log_it_cannot_trust(string what, string fact)
    {
        byte[] file = await MakeAsync();
        var log = new VhdxLogWriter(file, what == "other id" ? Guid.NewGuid() : LogId, 0);
        if (what != "empty")
        {
            log.Append(1, 0, file.Length + (what == "cut off" ? 4096 : 0), file.Length, (5 << 20, new byte[4096], 0));
        }

        VhdxLogWriter.SetLog(file, LogId);
        Memory<byte> header = file.AsMemory((int)VhdxLayout.SecondHeaderAt);
        VhdxHeader changed = VhdxHeader.Read(header.Span);
        (what switch
        {
            "outside" => changed with { LogLength = 64 << 20 },
            "version" => changed with { LogVersion = 1 },
            _ => changed,
        }).Write(header.Span);
        PortabilityException error = await Assert.ThrowsAnyAsync<PortabilityException>(() => OpenAsync(file));
        Assert.Contains(fact, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_soon_on_a_log_made_to_last()
    {
        // Every sector of the log starts an entry that claims the whole log, with a checksum that must be computed to be refused.
        byte[] log = new byte[VhdxLog.MaximumLength];
        for (int i = 0; i < log.Length; i += 4096)
        {
            new VhdxLogEntryHeader
            {
                EntryLength = (uint)log.Length, Tail = 0, SequenceNumber = 1, DescriptorCount = 0, LogGuid = LogId, FlushedFileOffset = 0, LastFileOffset = 0,
            }.Write(log.AsSpan(i));
        }

        var sequence = await Task.Run(() => new VhdxLog(log, LogId).FindActiveSequence(), Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Empty(sequence);
    }

    private static byte[] Sector(Random random)
    {
        byte[] sector = new byte[4096];
        random.NextBytes(sector);
        return sector;
    }

    private static async Task<byte[]> MakeAsync()
    {
        var files = new MemoryDiskFiles();
        byte[] content = SparseContent.Make(31, 4 << 20, dataShare: 0.8);
        await using (IDiskImage image = await DiskFormatRegistry.CreateDefault(files).CreateAsync(
            "/a.vhdx", "VHDX", new DiskCreateOptions { Length = content.Length, UniqueId = new Guid(7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7), BlockSize = 1 << 20 }, Token))
        {
            await image.WriteAsync(0, content, Token);
            await image.FlushAsync(Token);
        }

        byte[] file = new byte[files.Files["/a.vhdx"].Length];
        await files.Files["/a.vhdx"].ReadAsync(0, file, Token);
        return file;
    }

    private static async Task<IDiskImage> OpenAsync(byte[] file) =>
        await DiskFormatRegistry.CreateDefault(new MemoryDiskFiles()).OpenAsync(new MemoryBlockDevice(file), null, null, Token);

    private static async Task CheckAsync(byte[] file, byte[] expected, bool asksQemu)
    {
        await using IDiskImage replayed = await OpenAsync(file);
        await using IDiskImage inPlace = await OpenAsync(expected);
        byte[] left = new byte[replayed.Length];
        byte[] right = new byte[replayed.Length];
        await replayed.ReadAsync(0, left, Token);
        await inPlace.ReadAsync(0, right, Token);
        Assert.Equal(right.Length, right.AsSpan().CommonPrefixLength(left));
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            int offset = random.Next(right.Length);
            byte[] part = new byte[random.Next(Math.Min(right.Length - offset, 20_000))];
            await replayed.ReadAsync(offset, part, Token);
            Assert.True(right.AsSpan(offset, part.Length).SequenceEqual(part), $"{part.Length} bytes at {offset}");
        }

        await foreach (BlockExtent extent in replayed.QueryExtentsAsync(0, replayed.Length, Token))
        {
            Assert.False(extent.IsZero && right.AsSpan((int)extent.Offset, (int)extent.Length).ContainsAnyExcept((byte)0), $"{extent} holds data.");
        }

        if (asksQemu)
        {
            using var folder = new TemporaryFolder();
            string path = folder.File("log.vhdx");
            await File.WriteAllBytesAsync(path, file, Token);
            ForeignTool.Run("qemu-img", "check", "-r", "all", path);
            ForeignTool.Check("qemu-img", "convert", "-f", "vhdx", "-O", "raw", path, folder.File("raw.img"));
            byte[] theirs = await File.ReadAllBytesAsync(folder.File("raw.img"), Token);
            Assert.Equal(right.Length, right.AsSpan().CommonPrefixLength(theirs));
        }
    }
}
