using System.Globalization;
using System.Management.Automation;
using System.Numerics;

namespace Portability.Module;

/// <summary>Accepts powers of two within bounds.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class PowerOfTwoAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <summary>Initialises the check.</summary>
    /// <param name="minimum">Least value, in bytes.</param>
    /// <param name="maximum">Largest value, in bytes.</param>
    public PowerOfTwoAttribute(int minimum, int maximum)
    {
        Minimum = minimum;
        Maximum = maximum;
    }

    /// <summary>Least value, in bytes.</summary>
    public int Minimum { get; }

    /// <summary>Largest value, in bytes.</summary>
    public int Maximum { get; }

    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        long value = Convert.ToInt64(element, CultureInfo.InvariantCulture);
        if (value < Minimum || value > Maximum || !BitOperations.IsPow2(value))
        {
            throw new ValidationMetadataException(
                FormattableString.Invariant($"{value} is not a power of two from {ByteSize.Text(Minimum)} to {ByteSize.Text(Maximum)}. Give one such as 64KB."));
        }
    }
}
