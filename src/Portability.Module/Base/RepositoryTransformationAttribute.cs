using System.Management.Automation;

namespace Portability.Module;

/// <summary>
/// Lets a parameter of type <see cref="WorkloadRepository"/> be given as a path or URI. The result names the place only;
/// the cmdlet finds or makes the connection when it runs.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class RepositoryTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string text => new WorkloadRepository { Path = Place(engineIntrinsics, text) },
            Uri uri => new WorkloadRepository { Path = uri.IsFile ? uri.LocalPath : uri.AbsoluteUri },
            FileSystemInfo file => new WorkloadRepository { Path = file.FullName },
            PathInfo path => new WorkloadRepository { Path = path.ProviderPath },
            _ => inputData,
        };
    }

    private static string Place(EngineIntrinsics engineIntrinsics, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentTransformationMetadataException("A repository is named by a path, a URI or a WorkloadRepository; the text is empty.");
        }

        return text.Contains("://", StringComparison.Ordinal)
            ? new Uri(text, UriKind.Absolute).AbsoluteUri
            : Path.TrimEndingDirectorySeparator(engineIntrinsics.SessionState.Path.GetUnresolvedProviderPathFromPSPath(text));
    }
}
