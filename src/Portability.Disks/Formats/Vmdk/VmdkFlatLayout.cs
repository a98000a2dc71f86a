using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Portability.Disks.Formats.Vmdk;

/// <summary>A new monolithicFlat disk: what its descriptor says and where its extent lies.</summary>
internal sealed record VmdkFlatLayout
{
    /// <summary>Largest disk, 62 TiB: VMware's own limit.</summary>
    public const long MaximumLength = 62L << 40;

    private const string ExtentSuffix = "-flat.vmdk";
    private const string DefaultAdapter = "lsilogic";
    private static readonly string[] Adapters = ["ide", "buslogic", DefaultAdapter, "legacyESX"];

    /// <summary>Size of the disk in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Content id; never one that stands for none.</summary>
    public required uint ContentId { get; init; }

    /// <summary>Id of the disk that its guest sees.</summary>
    public required Guid DiskId { get; init; }

    /// <summary>Full path of the extent file while it is written.</summary>
    public required string ExtentPath { get; init; }

    /// <summary>Name of the extent file in the descriptor.</summary>
    public required string ExtentName { get; init; }

    /// <summary>Adapter that the descriptor states.</summary>
    public required string Adapter { get; init; }

    /// <summary>Plans a disk.</summary>
    /// <param name="format">The format.</param>
    /// <param name="options">What is asked for.</param>
    /// <param name="path">Full path of the descriptor.</param>
    /// <exception cref="UnsupportedFeatureException">The format cannot hold such a disk.</exception>
    public static VmdkFlatLayout Plan(VmdkFormat format, DiskCreateOptions options, string path)
    {
        DiskCreation.ChooseSubFormat(format, options, path);
        long length = DiskCreation.CheckLength(format, options, MaximumLength, path);
        string name = Path.GetFileNameWithoutExtension(options.FinalName ?? path);
        string? adapter = options.AdapterType is null ? DefaultAdapter : Array.Find(Adapters, one => string.Equals(one, options.AdapterType, StringComparison.OrdinalIgnoreCase));
        if (options.LogicalSectorSize != VmdkSparseHeader.SectorSize)
        {
            throw DiskCreation.Refuse(format, path, FormattableString.Invariant($"it has sectors of 512 bytes only, {options.LogicalSectorSize} are wanted"), "Choose -Format Vhdx.");
        }

        if (adapter is null)
        {
            throw DiskCreation.Refuse(format, path, $"the adapter type '{options.AdapterType}' is not known", $"Set the adapter type to {string.Join(" or ", Adapters)}.");
        }

        if (name.Any(letter => letter == '"' || char.IsControl(letter)))
        {
            throw DiskCreation.Refuse(format, path, "its descriptor cannot hold a file name with quotation marks or control characters", "Choose another name with -DestinationPath.");
        }

        Guid content = DerivedId.Make(options.UniqueId, "VMDK content");
        Span<byte> bytes = stackalloc byte[16];
        content.TryWriteBytes(bytes);

        // The two highest values stand for no parent and for a content id that is not known.
        uint contentId = BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 0x7FFF_FFFF;
        return new VmdkFlatLayout
        {
            Length = length,
            ContentId = contentId,
            DiskId = options.DiskId ?? DerivedId.Make(options.UniqueId, "VMDK disk"),
            ExtentPath = Path.Combine(Path.GetDirectoryName(path) ?? string.Empty, Path.GetFileNameWithoutExtension(path) + ExtentSuffix),
            ExtentName = name + ExtentSuffix,
            Adapter = adapter,
        };
    }

    /// <summary>Makes the text of the descriptor.</summary>
    public byte[] MakeDescriptor()
    {
        VmdkGeometry geometry = VmdkGeometry.Compute(Length, string.Equals(Adapter, "ide", StringComparison.Ordinal));
        string id = Convert.ToHexStringLower(DiskId.ToByteArray(bigEndian: true));
        string spaced = string.Join(' ', id.Chunk(2).Select(pair => new string(pair)));
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {VmdkDescriptor.Title}
            version=1
            encoding="UTF-8"
            CID={ContentId:x8}
            parentCID={VmdkDescriptor.NoContentId:x8}
            createType="{VmdkFormat.MonolithicFlat}"

            # Extent description
            RW {Length / VmdkSparseHeader.SectorSize} FLAT "{ExtentName}" 0

            # The Disk Data Base
            #DDB

            ddb.virtualHWVersion = "10"
            ddb.adapterType = "{Adapter}"
            ddb.geometry.cylinders = "{geometry.Cylinders}"
            ddb.geometry.heads = "{geometry.Heads}"
            ddb.geometry.sectors = "{geometry.Sectors}"
            ddb.longContentID = "{id[..24]}{ContentId:x8}"
            ddb.uuid = "{spaced[..23]}-{spaced[24..]}"

            """);
        return Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\n"));
    }
}
