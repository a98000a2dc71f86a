namespace Portability.FileSystems;

/// <summary>Mode and owner of a node.</summary>
/// <param name="Mode">Permission bits with set-user, set-group and sticky: the low 12 bits of the mode.</param>
/// <param name="User">User id.</param>
/// <param name="Group">Group id.</param>
public readonly record struct PosixOwnership(int Mode, uint User, uint Group);
