using System.Text;
using Portability.Disks.Formats;
using Portability.Disks.Formats.Vhd;

namespace Portability.Disks.Tests.Formats.Vhd;

/// <summary>Writes differencing VHDs, which no tool at hand makes.</summary>
internal static class VhdChildWriter
{
    public static byte[] Write(ChildContent child, Guid id, Guid parentId, uint parentTimestamp, uint blockSize, string parentName, params (string Code, string Path)[] locators)
    {
        VhdFooter footer = VhdFooter.Create(
            new DiskCreateOptions { Length = child.Content.Length, UniqueId = id, DiskId = id }, child.Content.Length, VhdDiskType.Differencing);
        int blocks = (int)((child.Content.Length + blockSize - 1) / blockSize);
        int tableAt = VhdFooter.Size + VhdDynamicHeader.Size;
        int at = (tableAt + (blocks * 4) + 511) / 512 * 512;
        using var file = new MemoryStream();
        file.SetLength(at);
        var entries = new List<VhdParentLocator>();
        foreach ((string code, string path) in locators)
        {
            byte[] data = Encoding.Unicode.GetBytes(path);
            entries.Add(new VhdParentLocator(code, (uint)data.Length, (ulong)at));
            file.Position = at;
            file.Write(data);
            at += (data.Length + 511) / 512 * 512;
            file.SetLength(at);
        }

        var header = new VhdDynamicHeader
        {
            TableOffset = (ulong)tableAt,
            MaxTableEntries = (uint)blocks,
            BlockSize = blockSize,
            ParentUniqueId = parentId,
            ParentTimestamp = parentTimestamp,
            ParentName = parentName,
            Locators = entries,
        };
        var table = new VhdBlockAllocationTable(blocks);
        int perBlock = (int)(blockSize / VhdFooter.SectorSize);
        for (int block = 0; block < blocks; block++)
        {
            int first = block * perBlock;
            int count = Math.Min(perBlock, child.Changed.Length - first);
            if (!child.Changed.AsSpan(first, count).Contains(true))
            {
                continue;
            }

            byte[] bytes = new byte[header.BitmapSize + blockSize];
            new Random(block).NextBytes(bytes.AsSpan(header.BitmapSize)); // What is not the child's must never show.
            for (int i = 0; i < count; i++)
            {
                if (child.Changed[first + i])
                {
                    bytes[i / 8] |= (byte)(0x80 >> (i % 8));
                    child.Sector(first + i).CopyTo(bytes.AsSpan(header.BitmapSize + (i * VhdFooter.SectorSize)));
                }
            }

            table[block] = at;
            file.Position = at;
            file.Write(bytes);
            at += bytes.Length;
        }

        byte[] start = new byte[tableAt + (blocks * 4)];
        footer.Write(start);
        header.Write(start.AsSpan(VhdFooter.Size));
        table.Write(start.AsSpan(tableAt));
        file.Position = 0;
        file.Write(start);
        file.Position = at;
        file.Write(start, 0, VhdFooter.Size);
        return file.ToArray();
    }
}
