namespace Portability.FileSystems;

/// <summary>The four times of a node; null where the file system keeps none.</summary>
/// <param name="Created">When it was made.</param>
/// <param name="Modified">When its content changed last.</param>
/// <param name="Changed">When what is said of it changed last.</param>
/// <param name="Accessed">When it was read last, as far as its guest kept that.</param>
public readonly record struct FileTimes(FileTime? Created, FileTime? Modified, FileTime? Changed, FileTime? Accessed);
