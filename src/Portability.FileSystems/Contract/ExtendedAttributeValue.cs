namespace Portability.FileSystems;

/// <summary>An extended attribute of a node.</summary>
/// <param name="Name">Full name with its namespace, such as `security.selinux` or `system.posix_acl_access`.</param>
/// <param name="Value">Its bytes as stored.</param>
public readonly record struct ExtendedAttributeValue(NodeName Name, ReadOnlyMemory<byte> Value)
{
    /// <summary>What stands before the first dot.</summary>
    public string Namespace
    {
        get
        {
            string text = Name.ToString();
            int dot = text.IndexOf('.', StringComparison.Ordinal);
            return dot < 0 ? string.Empty : text[..dot];
        }
    }
}
