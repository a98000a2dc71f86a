using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace Portability.Module;

/// <summary>
/// Lets a parameter of type <see cref="WorkloadSnapshot"/> take copies of any origin: what came from JSON or a selection of
/// properties names a snapshot as long as its identifier, its workload, its number and its repository are there. The rest is read
/// anew from the repository. A workload has an identifier and a repository too, but is no snapshot.
/// </summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class SnapshotTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is IList list
            ? list.Cast<object?>().Select(One).ToArray()
            : One(inputData)!;
    }

    // What is null stays so: the parameter says what is wrong with it.
    private static object? One(object? item)
    {
        if (item is null)
        {
            return null;
        }

        PSObject wrapped = PSObject.AsPSObject(item);
        if (wrapped.BaseObject is WorkloadSnapshot
            || !TryRead(wrapped, nameof(WorkloadSnapshot.Id), out Guid id)
            || !TryRead(wrapped, nameof(WorkloadSnapshot.Sequence), out long sequence)
            || !TryRead(wrapped, nameof(WorkloadSnapshot.WorkloadId), out Guid workloadId)
            || !TryRead(wrapped, nameof(WorkloadSnapshot.RepositoryId), out Guid repositoryId))
        {
            return item;
        }

        TryRead(wrapped, nameof(WorkloadSnapshot.Name), out string? name);
        TryRead(wrapped, nameof(WorkloadSnapshot.RepositoryPath), out string? repositoryPath);
        return new WorkloadSnapshot
        {
            Id = id,
            Name = name ?? string.Empty,
            Sequence = sequence,
            WorkloadId = workloadId,
            RepositoryId = repositoryId,
            RepositoryPath = repositoryPath ?? string.Empty,
        };
    }

    private static bool TryRead<T>(PSObject item, string name, out T? value)
    {
        value = default;
        return item.Properties[name]?.Value is object found && LanguagePrimitives.TryConvertTo(found, CultureInfo.InvariantCulture, out value);
    }
}
