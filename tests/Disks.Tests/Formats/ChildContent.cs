namespace Portability.Disks.Tests.Formats;

/// <summary>Random changes to a disk by whole sectors, as a child image holds them.</summary>
internal sealed record ChildContent(byte[] Content, bool[] Changed, int SectorSize)
{
    /// <summary>Changes runs of sectors, some to data, some to zeros; runs start and end at multiples of a number of sectors.</summary>
    public static ChildContent Change(byte[] parent, int seed, int sectorSize, int runs, int longest, int unit = 1)
    {
        var random = new Random(seed);
        byte[] content = [.. parent];
        bool[] changed = new bool[parent.Length / sectorSize];
        for (int i = 0; i < runs; i++)
        {
            int first = random.Next(changed.Length) / unit * unit;
            int count = Math.Min((random.Next(1, longest) + unit - 1) / unit * unit, changed.Length - first);
            changed.AsSpan(first, count).Fill(true);
            Span<byte> part = content.AsSpan(first * sectorSize, count * sectorSize);
            if (random.Next(4) == 0)
            {
                part.Clear();
            }
            else
            {
                random.NextBytes(part);
            }
        }

        return new ChildContent(content, changed, sectorSize);
    }

    public ReadOnlySpan<byte> Sector(int index) => Content.AsSpan(index * SectorSize, SectorSize);
}
