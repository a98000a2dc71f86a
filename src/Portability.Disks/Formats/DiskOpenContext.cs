using Portability.Disks.Blocks;

namespace Portability.Disks.Formats;

/// <summary>
/// What a format needs besides the bytes of the file it opens: the file's path, the options, and the way to its parents and extent
/// files. Bounds the chain of parents and refuses cycles.
/// </summary>
public sealed class DiskOpenContext
{
    /// <summary>Longest chain of images that is opened. QEMU stops at 200, Hyper-V far earlier; a longer one is not from real life.</summary>
    public const int MaximumChainLength = 256;

    private readonly DiskFormatRegistry registry;
    private readonly DiskOpenContext? child;
    private readonly int depth;
    private readonly List<string> toleratedDamage = [];

    internal DiskOpenContext(DiskFormatRegistry registry, IDiskFiles files, DiskOpenOptions options, string? path, DiskOpenContext? child = null)
    {
        this.registry = registry;
        this.child = child;
        depth = child is null ? 1 : child.depth + 1;
        Files = files;
        Options = options;
        Path = path;
    }

    /// <summary>Full path of the file, or null when it was not opened by path.</summary>
    public string? Path { get; }

    /// <summary>The format that the file's name is of, or null where the name says nothing.</summary>
    public IDiskFormat? FormatOfName => registry.FindByName(Path);

    /// <summary>The format that the file's bytes look like, or null where the format was named.</summary>
    public IDiskFormat? Detected { get; internal set; }

    /// <summary>How the image is opened.</summary>
    public DiskOpenOptions Options { get; }

    /// <summary>Where other files of the image are found.</summary>
    public IDiskFiles Files { get; }

    /// <summary>Damage reported so far.</summary>
    public IReadOnlyList<string> ToleratedDamage => toleratedDamage;

    /// <summary>Notes damage that is read over, and warns the observer.</summary>
    /// <param name="fact">One sentence, without the file's name.</param>
    public void ReportDamage(string fact)
    {
        toleratedDamage.Add(fact);
        Options.Observer.OnWarning(Path is null ? fact : $"'{Path}': {fact}");
    }

    /// <summary>Refuses a wrong checksum, or reports it where the options tolerate it.</summary>
    /// <param name="format">Format's name.</param>
    /// <param name="structure">Structure in the specification's words.</param>
    /// <param name="offset">Offset of the structure in the file, in bytes.</param>
    /// <param name="stored">Checksum in the file.</param>
    /// <param name="computed">Checksum of what is in the file.</param>
    /// <param name="specification">Specification and section.</param>
    /// <exception cref="InvalidFormatException">The checksums differ and that is not tolerated.</exception>
    public void CheckChecksum(string format, string structure, long offset, uint stored, uint computed, string specification)
    {
        if (stored == computed)
        {
            return;
        }

        string fact = FormattableString.Invariant($"the checksum is 0x{stored:X8}, 0x{computed:X8} expected");
        if (!Options.DamageTolerance.HasFlag(DamageTolerance.WrongChecksum))
        {
            throw new InvalidFormatException(
                format, structure, offset, fact, specification, Path, "Check the file with the platform that wrote it, and give a copy that it made anew.");
        }

        ReportDamage(FormattableString.Invariant($"{structure} at 0x{offset:X}: {fact}."));
    }

    /// <summary>Opens another file of the same image, such as an extent file.</summary>
    /// <param name="path">Path as the image states it; a relative one starts at the image's folder.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The file's bytes; owned by the caller.</returns>
    /// <exception cref="UnsupportedFeatureException">`DiskFormatAmbiguous`: the image may be one only because its guest wrote it.</exception>
    public ValueTask<IBlockDevice> OpenFileAsync(string path, CancellationToken cancellationToken)
    {
        RefuseIfDoubtful(path);
        return Files.OpenAsync(Files.GetFullPath(path, Path), Options, cancellationToken);
    }

    /// <summary>
    /// Finds and opens the parent: first among <see cref="DiskOpenOptions.ParentPaths"/>, then where the image says. A candidate
    /// that is there but is not the parent is passed over; if none is left, the last reason is the error.
    /// </summary>
    /// <param name="locators">Paths as the image states them, the best first.</param>
    /// <param name="format">Format of the parent if the image states it, else null to detect it.</param>
    /// <param name="mismatch">Returns why an opened image is not the parent, or null if it is.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The parent; owned by the caller. Null when the options say that parents stay closed.</returns>
    /// <exception cref="StorageException">`ParentNotFound`, or a parent cannot be read.</exception>
    /// <exception cref="InvalidFormatException">The chain is a cycle or too long, or what was found is not the parent.</exception>
    /// <exception cref="UnsupportedFeatureException">`DiskFormatAmbiguous`: the image may be one only because its guest wrote it.</exception>
    public async ValueTask<IDiskImage?> OpenParentAsync(
        IReadOnlyList<string> locators, string? format, Func<IDiskImage, string?> mismatch, CancellationToken cancellationToken)
    {
        if (!Options.OpenParents)
        {
            return null;
        }

        RefuseIfDoubtful(locators.Count == 0 ? null : locators[0]);
        if (depth >= MaximumChainLength)
        {
            throw new InvalidFormatException(
                "disk image", "parent", -1, FormattableString.Invariant($"the chain is longer than {MaximumChainLength} images"), targetName: Path);
        }

        string? refused = null;
        string? refusedPath = null;
        foreach (string candidate in ParentCandidates.List(Files, Options.ParentPaths, locators, Path))
        {
            if (IsInChain(candidate))
            {
                refused = "the image names itself or one of its children as its parent";
                refusedPath = candidate;
                continue;
            }

            // A look without its own parents comes first: were whole chains opened to be refused, the cost would double at each link.
            refused = await LookAtAsync(candidate, format, mismatch, cancellationToken).ConfigureAwait(false);
            if (refused is null)
            {
                return await registry.OpenFileAsync(candidate, Options with { Format = format, IsKnownRaw = false }, this, cancellationToken).ConfigureAwait(false);
            }

            refusedPath = candidate;
        }

        if (refused is not null)
        {
            throw new InvalidFormatException(
                "disk image",
                "parent",
                -1,
                $"'{refusedPath}' is not its parent: {refused}",
                targetName: Path,
                recommendedAction: "Name the right file with -ParentPath; a parent that was changed after the child was made cannot be used any more.");
        }

        string given = Options.ParentPaths.Count == 0
            ? string.Empty
            : ", and in " + string.Join(", ", Options.ParentPaths.Select(place => $"'{place}'"));
        throw new StorageException(
            "ParentNotFound",
            ErrorKind.NotFound,
            $"Failed to open '{Path}': its parent was not found, looked for {(locators.Count == 0 ? "nothing" : string.Join(", ", locators.Select(locator => $"'{locator}'")))}{given}.",
            "Name the parent's file or its folder with -ParentPath.",
            Path);
    }

    // A guest may write the header of an image to its raw disk, and a file of the host as its parent: only a name or the user vouches for it.
    private void RefuseIfDoubtful(string? other)
    {
        if (Detected is { } format && Path is not null && format != FormatOfName)
        {
            throw new UnsupportedFeatureException(
                "DiskFormatAmbiguous",
                ErrorKind.Unsupported,
                $"Failed to open '{Path}': it looks like {format.Name} that reads another file{(other is null ? string.Empty : $", '{other}'")}; it is not named as one, and its guest may have written that.",
                $"Set -Format {format.Name} or rename it to end in '{format.Extensions[0]}' if it is that; set -Format Raw if its bytes are the disk.",
                Path);
        }
    }

    private async ValueTask<string?> LookAtAsync(string candidate, string? format, Func<IDiskImage, string?> mismatch, CancellationToken cancellationToken)
    {
        try
        {
            var options = Options with { Format = format, IsKnownRaw = false, OpenParents = false, Observer = SilentObserver.Instance };
            IDiskImage parent = await registry.OpenFileAsync(candidate, options, this, cancellationToken).ConfigureAwait(false);
            try
            {
                return mismatch(parent);
            }
            finally
            {
                await parent.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (InvalidFormatException cause)
        {
            return cause.Message.TrimEnd('.');
        }
    }

    private bool IsInChain(string candidate)
    {
        string canonical = Files.GetCanonicalPath(candidate);
        for (DiskOpenContext? link = this; link is not null; link = link.child)
        {
            if (link.Path is not null && string.Equals(Files.GetCanonicalPath(link.Path), canonical, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
