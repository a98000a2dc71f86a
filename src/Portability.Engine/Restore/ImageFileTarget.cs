using Microsoft.Win32.SafeHandles;
using Portability.Core.Native;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Engine.Restore;

/// <summary>
/// A new image that is written under a temporary name beside its final one and gets that only when it is whole. Disposed before,
/// it leaves nothing.
/// </summary>
internal sealed class ImageFileTarget : IRestoreTarget
{
    private readonly FilePublisher publisher;
    private readonly (string Temporary, string Final)[] files;
    private readonly bool replace;
    private readonly List<SafeFileHandle> holds = [];
    private IDiskImage? image;

    private ImageFileTarget(IDiskImage image, (string Temporary, string Final)[] files, bool replace, FilePublisher publisher)
    {
        this.image = image;
        this.files = files;
        this.replace = replace;
        this.publisher = publisher;
        Path = files[0].Final;
    }

    /// <summary>Full path that the image will have.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public IBlockDevice Device => Image;

    /// <inheritdoc/>
    public bool IsZero => true;

    /// <summary>The empty image.</summary>
    public IDiskImage Image => image ?? throw new ObjectDisposedException(nameof(ImageFileTarget));

    /// <summary>Makes the empty image.</summary>
    /// <param name="registry">Formats and where files are made.</param>
    /// <param name="path">Full path that the image shall have.</param>
    /// <param name="format">Format's name.</param>
    /// <param name="options">Size and variant; the final name is filled in here.</param>
    /// <param name="replace">True to replace, at the end, what has the name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="StorageException">`FileExists`, or the file cannot be made.</exception>
    public static async Task<ImageFileTarget> CreateAsync(
        DiskFormatRegistry registry, string path, string format, DiskCreateOptions options, bool replace, CancellationToken cancellationToken)
    {
        string folder = System.IO.Path.GetDirectoryName(path)!;
        string name = System.IO.Path.GetFileName(path);
        string temporary = System.IO.Path.Combine(folder, PartialImages.NameOf(options.UniqueId, name));
        if (!replace && System.IO.Path.Exists(path))
        {
            throw FilePublisher.Exists(path);
        }

        IDiskImage created;
        try
        {
            created = await registry.CreateAsync(temporary, format, options with { FinalName = name }, cancellationToken).ConfigureAwait(false);
        }
        catch (PortabilityException exception) when (string.Equals(exception.TargetName, temporary, StringComparison.Ordinal))
        {
            throw PartialImages.Named(exception, temporary, path);
        }

        (string Temporary, string Final)[] names = [.. created.Files.Select(file => (file, Final(file, temporary, path)))];
        var target = new ImageFileTarget(created, names, replace, new FilePublisher(FileSystemCalls.Create()));
        if (!replace && names.Skip(1).FirstOrDefault(file => System.IO.Path.Exists(file.Final)).Final is { } taken)
        {
            await target.DisposeAsync().ConfigureAwait(false);
            throw FilePublisher.Exists(taken);
        }

        return target;
    }

    /// <inheritdoc/>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await Image.FlushAsync(cancellationToken).ConfigureAwait(false);
        Hold();
        await Image.DisposeAsync().ConfigureAwait(false);
        image = null;
    }

    /// <inheritdoc/>
    public Task PublishAsync()
    {
        // The first file is the one that is opened: its parts are there before it.
        foreach ((string temporary, string final) in files.Reverse())
        {
            publisher.Publish(temporary, final, replace);
        }

        Release();
        return Task.CompletedTask;
    }

    /// <summary>Closes the image; what was not published is removed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (image is not null)
        {
            await image.DisposeAsync().ConfigureAwait(false);
            image = null;
        }

        Release();
        foreach ((string temporary, _) in files)
        {
            File.Delete(temporary);
        }
    }

    // The image is closed while others are written, and must not look left behind to another restore.
    private void Hold()
    {
        try
        {
            holds.AddRange(files.Select(file => PartialImages.Hold(file.Temporary)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw FilePublisher.Failed(Path, exception);
        }
    }

    private void Release()
    {
        holds.ForEach(hold => hold.Dispose());
        holds.Clear();
    }

    // An image of several files names the others after itself.
    private static string Final(string file, string temporary, string path)
    {
        string stem = System.IO.Path.ChangeExtension(temporary, null);
        return string.Equals(file, temporary, StringComparison.Ordinal) || !file.StartsWith(stem, StringComparison.Ordinal)
            ? path
            : System.IO.Path.ChangeExtension(path, null) + file[stem.Length..];
    }
}
