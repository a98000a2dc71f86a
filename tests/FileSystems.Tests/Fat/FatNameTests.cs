using Portability.FileSystems.Fat;
using Xunit;

namespace Portability.FileSystems.Tests.Fat;

public sealed class FatNameTests
{
    private readonly FatImageBuilder image = new(FatType.Fat12, 64);

    [Fact]
    public async Task A_long_name_stands_beside_its_short_one()
    {
        image.AddFile(image.RootOffset, "Ein langer Name, mit \u03A9.text", "EINLAN~1TEX", 0);
        await using IFileSystem volume = await image.OpenAsync();
        DirectoryEntry entry = Assert.Single(await volume.ListAllAsync());
        Assert.Equal("Ein langer Name, mit \u03A9.text", entry.Name.ToString());
        Assert.Equal("EINLAN~1.TEX", entry.ShortName.ToString());
        Assert.Equal(entry.Id, (await volume.FindAsync("EIN LANGER NAME, MIT \u03C9.TEXT"))!.Value.Id);
        Assert.Equal(entry.Id, (await volume.FindAsync("einlan~1.tex"))!.Value.Id);
        Assert.Null(await volume.FindAsync("einlan~1.te"));
    }

    [Theory]
    [InlineData("README  TXT", 0x00, "README.TXT")]
    [InlineData("README  TXT", 0x08, "readme.TXT")]
    [InlineData("README  TXT", 0x10, "README.txt")]
    [InlineData("README  TXT", 0x18, "readme.txt")]
    [InlineData("NOEXT", 0x18, "noext")]
    [InlineData("A B     C", 0x00, "A B.C")]
    [InlineData("\u0081BER", 0x00, "\u00FCBER")] // code page 437
    [InlineData("\u0005ABC", 0x00, "\u03C3ABC")] // 0xE5, which would be a free record
    public async Task Short_names_are_decoded(string stored, byte flags, string shown)
    {
        image.AddRecord(image.RootOffset, stored, FatAttributes.Archive, 0, 0, flags);
        await using IFileSystem volume = await image.OpenAsync();
        DirectoryEntry entry = Assert.Single(await volume.ListAllAsync());
        Assert.Equal(shown, entry.Name.ToString());
        Assert.Null(entry.ShortName);
    }

    [Theory]
    [InlineData(13)]
    [InlineData(26)]
    [InlineData(254)]
    [InlineData(255)]
    public async Task Names_that_fill_their_records_are_whole(int length)
    {
        string name = new string('x', length - 1) + "\u00E9";
        image.AddFile(image.RootOffset, name, "XXXXXX~1", 0);
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal([name], await volume.NamesAsync());
    }

    [Fact]
    public async Task A_lone_surrogate_survives()
    {
        image.AddFile(image.RootOffset, "a\uD800b", "AB~1", 0);
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(["a\uD800b"], await volume.NamesAsync());
    }

    [Fact]
    public async Task What_is_no_file_is_left_out()
    {
        int at = image.AddRecord(image.RootOffset, "MY LABEL", FatAttributes.VolumeId, 0, 0);
        at = image.AddRecord(at, "\u00E5ELETED TXT", FatAttributes.Archive, 5, 10);
        at = image.AddRecord(at, ".", FatAttributes.Directory, 0, 0);
        at = image.AddRecord(at, "..", FatAttributes.Directory, 0, 0);
        at = image.AddRecord(at, "           ", FatAttributes.Archive, 0, 0);
        at = image.AddRecord(at, "KEPT", FatAttributes.Archive, 0, 0);
        at = image.AddLongName(at, "an orphan of a file that is gone", "GONE");
        at += 32;
        image.AddRecord(at, "BEHIND", FatAttributes.Archive, 0, 0); // behind the end
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(["KEPT"], await volume.NamesAsync());
        Assert.Equal("MY LABEL", volume.Information.Label);
    }

    [Theory]
    [InlineData("checksum")]
    [InlineData("order")]
    [InlineData("missing last")]
    [InlineData("missing first")]
    [InlineData("deleted between")]
    [InlineData("early end")]
    [InlineData("dots")]
    [InlineData("type")]
    public async Task A_long_name_that_does_not_fit_is_not_used(string what)
    {
        int start = image.RootOffset;
        int end = image.AddFile(start, what == "dots" ? ".." : "a name of three records, almost", "ANAMEO~1", 0);
        Span<byte> records = image.Image.AsSpan(start);
        switch (what)
        {
            case "checksum":
                records[13] ^= 1;
                break;
            case "order":
                records[32] = 1;
                break;
            case "missing last":
                records[0] = 0xE5;
                break;
            case "missing first":
                records[64] = 0xE5;
                break;
            case "deleted between":
                records[32] = 0xE5;
                break;
            case "early end":
                records[64 + 3] = 0;
                records[64 + 4] = 0;
                break;
            case "type":
                records[12] = 1;
                break;
        }

        image.AddRecord(end, "NEXT", FatAttributes.Archive, 0, 0);
        await using IFileSystem volume = await image.OpenAsync();
        Assert.Equal(["ANAMEO~1", "NEXT"], await volume.NamesAsync());
    }
}
