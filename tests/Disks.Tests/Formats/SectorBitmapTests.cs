using Portability.Disks.Formats;
using Xunit;

namespace Portability.Disks.Tests.Formats;

public sealed class SectorBitmapTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Counts_as_bit_by_bit(bool highBitFirst)
    {
        var random = new Random(8);
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bitmap = new byte[random.Next(1, 40)];
            for (int at = 0; at < bitmap.Length; at++)
            {
                bitmap[at] = random.Next(3) switch { 0 => 0, 1 => 255, _ => (byte)random.Next(256) };
            }

            int start = random.Next(bitmap.Length * 8);
            int end = random.Next(start + 1, (bitmap.Length * 8) + 1);
            int expected = 1;
            while (start + expected < end && Bit(bitmap, start + expected, highBitFirst) == Bit(bitmap, start, highBitFirst))
            {
                expected++;
            }

            int count = SectorBitmap.CountRun(bitmap, start, end, highBitFirst, out bool value);
            Assert.Equal((expected, Bit(bitmap, start, highBitFirst)), (count, value));
        }
    }

    private static bool Bit(byte[] bitmap, int index, bool highBitFirst)
    {
        string bits = Convert.ToString(bitmap[index / 8], 2).PadLeft(8, '0');
        return bits[highBitFirst ? index % 8 : 7 - (index % 8)] == '1';
    }
}
