using System.Management.Automation;
using Portability.Engine.Files;
using Portability.Engine.Repositories;

namespace Portability.Module.Commands;

/// <summary>Lists files of a guest, straight out of images or a snapshot.</summary>
[Cmdlet(VerbsCommon.Get, "WorkloadFile", DefaultParameterSetName = SnapshotSet)]
[OutputType(typeof(WorkloadFile))]
public sealed class GetWorkloadFileCommand : GuestFileCmdlet
{
    /// <inheritdoc/>
    private protected override void Handle(object target, GuestSource source, FileListOptions files)
    {
        RepositoryConnection? connection = ConnectionOf(source);
        Perform(target, async (sink, token) =>
        {
            await foreach (WorkloadFile file in new FileFacade().ListAsync(source, connection, files, sink, token).ConfigureAwait(false))
            {
                await sink.EmitAsync(file, token).ConfigureAwait(false);
            }
        });
    }
}
