using Portability.Disks.Blocks;
using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Engine.Snapshots.Capture;
using Portability.Engine.Snapshots.Catalog;

namespace Portability.Engine.Tests;

/// <summary>Raw disks with known bytes, and the same bytes as a snapshot holds them.</summary>
internal static class TestDisk
{
    public static string Write(string path, byte[] content)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        const int Grain = 4096;
        for (int at = 0; at < content.Length; at += Grain)
        {
            ReadOnlySpan<byte> part = content.AsSpan(at, Math.Min(Grain, content.Length - at));
            if (part.ContainsAnyExcept((byte)0))
            {
                file.Position = at;
                file.Write(part);
            }
        }

        file.SetLength(content.Length);
        return path;
    }

    public static async Task<byte[]> ReadAsync(RepositoryConnection connection, WorkloadSnapshot snapshot, int disk = 0)
    {
        CatalogEntry entry = await new SnapshotCatalog(connection, SilentObserver.Instance)
            .GetAsync(snapshot.WorkloadId, snapshot.Sequence, snapshot.Id, CancellationToken.None);
        using SnapshotScope scope = SnapshotScope.Open(connection, snapshot.WorkloadId, connection.Opened.RequireKeyring());
        var device = new SnapshotBlockDevice(scope.Read(entry.Manifest), disk);
        return await ReadAsync(device);
    }

    public static async Task<byte[]> ReadAsync(IBlockDevice device)
    {
        byte[] content = new byte[device.Length];
        for (int at = 0; at < content.Length; at += 1 << 20)
        {
            await device.ReadAsync(at, content.AsMemory(at, Math.Min(1 << 20, content.Length - at)), CancellationToken.None);
        }

        return content;
    }
}
