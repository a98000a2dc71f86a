namespace Portability.Engine.Tests;

/// <summary>The process was killed here.</summary>
internal sealed class CutException() : Exception("The store was cut off.");
