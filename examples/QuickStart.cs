#:project ../src/Portability.Contracts/Portability.Contracts.csproj
#:project ../src/Portability.Engine/Portability.Engine.csproj

// The whole way in one program: a disk with files is made, captured, changed, and captured again; an object of the repository is broken,
// which is found; the disk is restored and compared. Run it from any folder: dotnet run examples/QuickStart.cs
using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Portability;
using Portability.Engine;
using Portability.Engine.Repositories;
using Portability.Engine.Restore;
using Portability.Engine.Snapshots;

string folder = Directory.CreateTempSubdirectory("portability-quickstart-").FullName;
try
{
    return await new QuickStart(folder).RunAsync();
}
finally
{
    Directory.Delete(folder, recursive: true);
}

internal sealed class QuickStart(string folder)
{
    private readonly EngineEnvironment environment = EngineEnvironment.ForState(Path.Combine(folder, "state"));
    private readonly SnapshotFacade snapshots = new();
    private readonly string image = Path.Combine(folder, "web01.img");
    private readonly string vault = Path.Combine(folder, "vault");

    public async Task<int> RunAsync()
    {
        byte[] photos = RandomNumberGenerator.GetBytes(12 << 20);
        var disk = new DemoDisk(image);
        disk.Add("readme.txt", "Hello from a disk that can move.\n"u8);
        disk.Add("photos.bin", photos);
        disk.Add("log.txt", Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 50_000).Select(line => $"{line:D8} all is well\n"))));
        Say($"Made a disk of {ByteSize.Text(new FileInfo(image).Length)} with 3 files: {image}");

        using EngineSecret passphrase = EngineSecret.FromPassphrase("quick start");
        var options = new NewRepositoryOptions { Path = vault, Secret = passphrase, DerivationTime = TimeSpan.Zero };
        using RepositoryConnection repository = await new RepositoryFacade(environment).CreateAsync(options, SilentObserver.Instance, CancellationToken.None);
        Say($"Made an encrypted repository: {repository.Repository.Path}");

        WorkloadSnapshot first = await CaptureAsync(repository);
        disk.Overwrite("photos.bin", 5 << 20, RandomNumberGenerator.GetBytes(40_000));
        disk.Add("new.txt", "This file is new.\n"u8);
        Say("Changed 40,000 bytes of photos.bin and added new.txt.");
        WorkloadSnapshot second = await CaptureAsync(repository);
        await CompareAsync(repository, first, second);

        bool found = await BreakAndFindAsync(repository, second);
        bool equal = await RestoreAsync(repository, second);
        Say(found && equal ? "All is well: the damage was found, and the restored disk equals the captured one." : "Something is wrong, see above.");
        return found && equal ? 0 : 1;
    }

    private static void Say(string text) => Console.WriteLine(text);

    private async Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection repository)
    {
        var options = new CaptureOptions { Name = "web01", Disks = [new DiskSourceOptions { Path = image }] };
        WorkloadSnapshot snapshot = await snapshots.CaptureAsync(repository, options, SilentObserver.Instance, CancellationToken.None);
        Say($"Captured {snapshot}: {ByteSize.Text(snapshot.LogicalBytes)} of disk, {ByteSize.Text(snapshot.ChangedBytes)} changed, "
            + $"{ByteSize.Text(snapshot.StoredBytes)} stored, {snapshot.Duration.TotalMilliseconds:F0} ms.");
        return snapshot;
    }

    private async Task CompareAsync(RepositoryConnection repository, WorkloadSnapshot first, WorkloadSnapshot second)
    {
        var options = new CompareOptions { Reference = first, Difference = second };
        await foreach (SnapshotDifference extent in snapshots.CompareAsync(repository, options, SilentObserver.Instance, CancellationToken.None))
        {
            Say($"  disk {extent.Disk}: {extent.Kind} at 0x{extent.Offset:X8}, {ByteSize.Text(extent.Length)}");
        }
    }

    private async Task<bool> BreakAndFindAsync(RepositoryConnection repository, WorkloadSnapshot snapshot)
    {
        // The newest pack holds what the second capture stored.
        FileInfo pack = new DirectoryInfo(Path.Combine(vault, "packs")).EnumerateFiles("*", SearchOption.AllDirectories).MaxBy(file => file.LastWriteTimeUtc)!;
        byte[] sound = await File.ReadAllBytesAsync(pack.FullName);
        byte[] broken = [.. sound];
        broken[broken.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(pack.FullName, broken);
        Say($"Flipped one bit of {Path.GetRelativePath(vault, pack.FullName)}.");
        try
        {
            // A connection of its own has nothing in memory: it reads the store.
            using EngineSecret passphrase = EngineSecret.FromPassphrase("quick start");
            var connect = new ConnectRepositoryOptions { Path = repository.Repository.Path, Secret = passphrase };
            using RepositoryConnection fresh = await new RepositoryFacade(environment).ConnectAsync(connect, SilentObserver.Instance, CancellationToken.None);
            await RestoreAsync(fresh, snapshot);
            Say("  The damage was not found.");
            return false;
        }
        catch (IntegrityException exception)
        {
            Say($"  Found: {exception.Message}");
            return true;
        }
        finally
        {
            await File.WriteAllBytesAsync(pack.FullName, sound);
        }
    }

    private async Task<bool> RestoreAsync(RepositoryConnection repository, WorkloadSnapshot snapshot)
    {
        var options = new RestoreOptions
        {
            Snapshot = snapshot,
            DestinationPath = Path.Combine(folder, "restored"),
            Format = ImageFormat.Raw,
        };
        long started = Stopwatch.GetTimestamp();
        IReadOnlyList<RestoredDisk> restored = await new RestoreFacade().RestoreAsync(repository, options, SilentObserver.Instance, CancellationToken.None);
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        bool equal = Hash(image).SequenceEqual(Hash(restored[0].Path));
        Say($"Restored {snapshot} to {restored[0].Path}: {ByteSize.Text(restored[0].BytesWritten)} written, {milliseconds:F0} ms, {(equal ? "equal" : "NOT EQUAL")}.");
        return equal;
    }

    private static byte[] Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return SHA256.HashData(file);
    }
}

/// <summary>
/// A small disk with files, made from nothing: a master boot record with one active FAT16 partition, files in its root directory,
/// each in neighbouring clusters. Any system can mount it.
/// </summary>
internal sealed class DemoDisk
{
    private const int SectorSize = 512;
    private const int PartitionStart = 2048;
    private const int PartitionSectors = 131072 - PartitionStart;
    private const int SectorsPerCluster = 8;
    private const int FatSectors = 64;
    private const int RootEntries = 512;
    private const int FirstFat = PartitionStart + 1;
    private const int Root = FirstFat + (2 * FatSectors);
    private const int Data = Root + (RootEntries * 32 / SectorSize);
    private const ushort EndOfChain = 0xFFFF;

    private readonly string path;
    private readonly Dictionary<string, (ushort Cluster, int Length)> files = new(StringComparer.Ordinal);
    private ushort nextCluster = 2;

    public DemoDisk(string path)
    {
        this.path = path;
        using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write))
        {
            file.SetLength((PartitionStart + PartitionSectors) * (long)SectorSize);
        }

        WritePartitionTable();
        WriteBootSector();
        foreach (int fat in new[] { FirstFat, FirstFat + FatSectors })
        {
            Write(fat, 0, [0xF8, 0xFF, 0xFF, 0xFF]);
        }
    }

    /// <summary>Adds a file; the name is at most eight letters, a full stop and three more.</summary>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        int clusters = (content.Length + (SectorsPerCluster * SectorSize) - 1) / (SectorsPerCluster * SectorSize);
        ushort first = nextCluster;
        nextCluster += (ushort)clusters;
        Span<byte> chain = new byte[clusters * 2];
        for (int i = 0; i < clusters; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(chain[(i * 2)..], i == clusters - 1 ? EndOfChain : (ushort)(first + i + 1));
        }

        Write(FirstFat, first * 2, chain);
        Write(FirstFat + FatSectors, first * 2, chain);
        Write(Data, (first - 2) * SectorsPerCluster * SectorSize, content);

        Span<byte> entry = stackalloc byte[32];
        string[] parts = name.ToUpperInvariant().Split('.');
        Encoding.ASCII.GetBytes(parts[0].PadRight(8) + parts[1].PadRight(3), entry);
        entry[11] = 0x20;
        BinaryPrimitives.WriteUInt16LittleEndian(entry[24..], (2026 - 1980) << 9 | 1 << 5 | 1);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[26..], first);
        BinaryPrimitives.WriteInt32LittleEndian(entry[28..], content.Length);
        Write(Root, files.Count * 32, entry);
        files.Add(name, (first, content.Length));
    }

    /// <summary>Writes over part of a file, in place.</summary>
    public void Overwrite(string name, int offset, ReadOnlySpan<byte> content) =>
        Write(Data, ((files[name].Cluster - 2) * SectorsPerCluster * SectorSize) + offset, content);

    private void WritePartitionTable()
    {
        Span<byte> record = stackalloc byte[SectorSize];
        BinaryPrimitives.WriteUInt32LittleEndian(record[440..], 0x57504442);
        Span<byte> partition = record.Slice(446, 16);
        partition[0] = 0x80;
        partition[4] = 0x0E;
        BinaryPrimitives.WriteInt32LittleEndian(partition[8..], PartitionStart);
        BinaryPrimitives.WriteInt32LittleEndian(partition[12..], PartitionSectors);
        BinaryPrimitives.WriteUInt16LittleEndian(record[510..], 0xAA55);
        Write(0, 0, record);
    }

    private void WriteBootSector()
    {
        Span<byte> boot = stackalloc byte[SectorSize];
        ((ReadOnlySpan<byte>)[0xEB, 0x3C, 0x90]).CopyTo(boot);
        "DEMODISK"u8.CopyTo(boot[3..]);
        BinaryPrimitives.WriteUInt16LittleEndian(boot[11..], SectorSize);
        boot[13] = SectorsPerCluster;
        BinaryPrimitives.WriteUInt16LittleEndian(boot[14..], 1);
        boot[16] = 2;
        BinaryPrimitives.WriteUInt16LittleEndian(boot[17..], RootEntries);
        boot[21] = 0xF8;
        BinaryPrimitives.WriteUInt16LittleEndian(boot[22..], FatSectors);
        BinaryPrimitives.WriteUInt16LittleEndian(boot[24..], 63);
        BinaryPrimitives.WriteUInt16LittleEndian(boot[26..], 255);
        BinaryPrimitives.WriteInt32LittleEndian(boot[28..], PartitionStart);
        BinaryPrimitives.WriteInt32LittleEndian(boot[32..], PartitionSectors);
        boot[36] = 0x80;
        boot[38] = 0x29;
        BinaryPrimitives.WriteUInt32LittleEndian(boot[39..], 0x2026_0001);
        "NO NAME    FAT16   "u8.CopyTo(boot[43..]);
        BinaryPrimitives.WriteUInt16LittleEndian(boot[510..], 0xAA55);
        Write(PartitionStart, 0, boot);
    }

    private void Write(int sector, int offset, ReadOnlySpan<byte> bytes)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
        file.Position = (sector * (long)SectorSize) + offset;
        file.Write(bytes);
    }
}
