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
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        Transform(engineIntrinsics.SessionState, inputData);

    /// <summary>Does the same for a value that is no argument of such a parameter.</summary>
    /// <param name="session">The session, for its drives and its current folder.</param>
    /// <param name="inputData">The value.</param>
    /// <returns>A repository that names the place, or the value itself.</returns>
    internal static object Transform(SessionState session, object inputData)
    {
        object value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            string text => new WorkloadRepository { Path = Place(session, text) },
            Uri uri => new WorkloadRepository { Path = uri.IsFile ? uri.LocalPath : uri.AbsoluteUri },
            FileSystemInfo file => new WorkloadRepository { Path = file.FullName },
            PathInfo path => new WorkloadRepository { Path = path.ProviderPath },
            _ => inputData,
        };
    }

    private static string Place(SessionState session, string text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new ArgumentTransformationMetadataException("A repository is named by a path, a URI or a WorkloadRepository; the text is empty. Give its folder, or what Connect-WorkloadRepository returned.");
        }

        return text.Contains("://", StringComparison.Ordinal)
            ? new Uri(text, UriKind.Absolute).AbsoluteUri
            : Path.TrimEndingDirectorySeparator(session.Path.GetUnresolvedProviderPathFromPSPath(text));
    }
}
