namespace Portability.FileSystems.Fat;

/// <summary>What attributes mean in the contract.</summary>
internal static class FatAttributesExtensions
{
    /// <summary>The attributes of the contract.</summary>
    public static NodeAttributes ToNodeAttributes(this FatAttributes attributes) =>
        (attributes.HasFlag(FatAttributes.ReadOnly) ? NodeAttributes.ReadOnly : NodeAttributes.None)
        | (attributes.HasFlag(FatAttributes.Hidden) ? NodeAttributes.Hidden : NodeAttributes.None)
        | (attributes.HasFlag(FatAttributes.System) ? NodeAttributes.System : NodeAttributes.None)
        | (attributes.HasFlag(FatAttributes.Archive) ? NodeAttributes.Archive : NodeAttributes.None);

    /// <summary>File or directory.</summary>
    public static NodeKind ToNodeKind(this FatAttributes attributes) => attributes.HasFlag(FatAttributes.Directory) ? NodeKind.Directory : NodeKind.File;
}
