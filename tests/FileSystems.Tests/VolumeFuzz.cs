using Portability.Disks.Tests;

namespace Portability.FileSystems.Tests;

/// <summary>Reads all that a damaged volume shows: everything that is asked ends, in what is there or in an error of ours.</summary>
internal static class VolumeFuzz
{
    private const int MaximumNodes = 200;

    /// <summary>Opens a volume and reads it, each node once. One node's error does not keep the others away; the last one is thrown at the end.</summary>
    public static async Task ReadAsync(IFileSystemFormat format, ReadOnlyMemory<byte> image)
    {
        format.Matches(image.Span[..Math.Min(image.Length, VolumeProbe.HeadSize)]);
        await using IFileSystem volume = await format.OpenAsync(new ArrayBlockDevice(image), CancellationToken.None);
        var seen = new HashSet<FileId> { volume.Root };
        var pending = new Stack<FileId>([volume.Root]);
        byte[] buffer = new byte[700];
        PortabilityException? error = null;
        while (pending.TryPop(out FileId id))
        {
            try
            {
                FileNode node = await volume.GetNodeAsync(id, CancellationToken.None);
                if (node.Kind == NodeKind.File)
                {
                    await volume.ReadAsync(id, default, 0, buffer, CancellationToken.None);
                    await volume.ReadAsync(id, default, Math.Max(0, node.Length - 100), buffer, CancellationToken.None);
                    await volume.ExtentsAsync(id);
                    continue;
                }

                await foreach (DirectoryEntry entry in volume.ListAsync(id, CancellationToken.None))
                {
                    if (seen.Count < MaximumNodes && seen.Add(entry.Id))
                    {
                        pending.Push(entry.Id);
                    }
                }

                await volume.FindAsync("some name", id);
            }
            catch (PortabilityException caught)
            {
                error = caught;
            }
        }

        if (error is not null)
        {
            throw error;
        }
    }
}
