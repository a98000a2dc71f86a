using Portability.Disks.Formats;
using Portability.Disks.Partitions;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>One open disk of a workload: its image, its state when it was opened, and what its partitions say.</summary>
internal sealed class SourceDisk : IAsyncDisposable
{
    private SourceDisk(DiskSourceOptions wanted, IDiskImage image, IReadOnlyList<LayerState> layers, PartitionTable table)
    {
        Wanted = wanted;
        Image = image;
        Layers = layers;
        Table = table;
        Role = wanted.Role ?? table.Role;
    }

    /// <summary>What was asked for.</summary>
    public DiskSourceOptions Wanted { get; }

    /// <summary>The image as a disk.</summary>
    public IDiskImage Image { get; }

    /// <summary>State of the image and its parents, nearest first, when it was opened.</summary>
    public IReadOnlyList<LayerState> Layers { get; }

    /// <summary>Its partitions.</summary>
    public PartitionTable Table { get; }

    /// <summary>Number in the workload, from 0.</summary>
    public int Number { get; set; }

    /// <summary>What the workload needs it for.</summary>
    public DiskRole Role { get; set; }

    /// <summary>How it is called in progress and messages.</summary>
    public string Title => FormattableString.Invariant($"disk {Number}: {System.IO.Path.GetFileName(Image.Name)}");

    /// <summary>How an image is opened for reading.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="allowInUse">True to look at a disk that another program has open.</param>
    /// <param name="observer">Where tolerated damage is reported.</param>
    public static DiskOpenOptions OpenOptions(DiskSourceOptions wanted, bool allowInUse, IOperationObserver observer) => new()
    {
        AllowInUse = allowInUse,
        Format = wanted.Format.Length == 0 ? null : wanted.Format,
        IsKnownRaw = wanted.IsKnownRaw,
        ParentPaths = wanted.ParentPath.Length == 0 ? [] : [wanted.ParentPath],
        Observer = observer,
    };

    /// <summary>Opens a disk.</summary>
    /// <param name="registry">Formats.</param>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="allowInUse">True to look at a disk that another program has open.</param>
    /// <param name="observer">Where what is remarkable is reported.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="PortabilityException">`DiskInUse`, or the image cannot be read.</exception>
    public static async Task<SourceDisk> OpenAsync(
        DiskFormatRegistry registry, DiskSourceOptions wanted, bool allowInUse, IOperationObserver observer, CancellationToken cancellationToken)
    {
        IDiskImage image = await registry.OpenAsync(wanted.Path, OpenOptions(wanted, allowInUse, observer), cancellationToken).ConfigureAwait(false);
        try
        {
            IReadOnlyList<LayerState> layers = LayersOf(image);
            PartitionTable table = await ReadTableAsync(image, observer, cancellationToken).ConfigureAwait(false);
            return new SourceDisk(wanted, image, layers, table);
        }
        catch
        {
            await image.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>State of an image and its parents, nearest first.</summary>
    /// <param name="image">The image.</param>
    public static IReadOnlyList<LayerState> LayersOf(IDiskImage image)
    {
        var layers = new List<LayerState>();
        for (IDiskImage? layer = image; layer is not null; layer = layer.Parent)
        {
            layers.Add(LayerState.Of(layer));
        }

        return layers;
    }

    /// <summary>Closes the image.</summary>
    public ValueTask DisposeAsync() => Image.DisposeAsync();

    // A capture takes the bytes as they are: a table that nobody can read is the guest's matter, and said.
    private static async Task<PartitionTable> ReadTableAsync(IDiskImage image, IOperationObserver observer, CancellationToken cancellationToken)
    {
        try
        {
            return await PartitionTable.ReadAsync(image, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidFormatException exception)
        {
            observer.OnWarning($"The partition table of '{image.Name}' cannot be read: {exception.Message}");
            return new PartitionTable { Style = PartitionStyle.None, SectorSize = image.LogicalSectorSize };
        }
    }
}
