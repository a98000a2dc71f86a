using System.Runtime.CompilerServices;
using Portability.Disks.Blocks;
using Portability.Disks.Formats;

namespace Portability.Engine.Snapshots.Sources;

/// <summary>Lists, in order, the extents of a disk that a capture must look at, by what is known of its changes.</summary>
internal static class ChangedExtents
{
    // Looked at together, so that the lists of several images are joined without holding any of them whole.
    private const long Window = 64L << 20;

    /// <summary>Lists the extents.</summary>
    /// <param name="image">The disk.</param>
    /// <param name="decision">What is known.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Extents in ascending order without overlap; what is left out is as it was.</returns>
    /// <exception cref="PortabilityException">The image's metadata cannot be read.</exception>
    public static IAsyncEnumerable<BlockExtent> ListAsync(IDiskImage image, ChangeDecision decision, CancellationToken cancellationToken) => decision.Kind switch
    {
        ChangeKind.Unchanged => AsyncEnumerable.Empty<BlockExtent>(),
        ChangeKind.Layers => LayersAsync(image, decision, cancellationToken),
        _ => image.QueryExtentsAsync(0, image.Length, cancellationToken),
    };

    private static async IAsyncEnumerable<BlockExtent> LayersAsync(
        IDiskImage image, ChangeDecision decision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int next = 0;
        for (long at = 0; at < image.Length; at += Window)
        {
            long length = Math.Min(Window, image.Length - at);
            var touched = new ExtentUnion();
            IDiskImage layer = image;
            for (int i = 0; i < decision.Layers; i++, layer = layer.Parent!)
            {
                // A child may be longer than the image above it, never looked at beyond the disk.
                long count = Math.Min(length, layer.Length - at);
                if (count > 0)
                {
                    await foreach (BlockExtent extent in layer.AllocatedInThisFileAsync(at, count, cancellationToken).ConfigureAwait(false))
                    {
                        touched.Add(extent.Offset, extent.End);
                    }
                }
            }

            while (next < decision.Before.Count && decision.Before[next].Offset < at + length)
            {
                (long offset, long count) = decision.Before[next];
                touched.Add(Math.Max(offset, at), Math.Min(offset + count, at + length));
                if (offset + count > at + length)
                {
                    break;
                }

                next++;
            }

            // What the disk reads as there is asked of the whole chain: a zero in the child hides the parent's bytes.
            foreach ((long start, long end) in touched.Ranges)
            {
                await foreach (BlockExtent extent in image.QueryExtentsAsync(start, end - start, cancellationToken).ConfigureAwait(false))
                {
                    yield return extent;
                }
            }
        }
    }
}
