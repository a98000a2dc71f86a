using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Locations;
using Portability.Repository.Maps;
using Portability.Repository.Objects;
using Portability.Repository.Packs;
using Portability.Repository.Records;

namespace Portability.Repository.Snapshots;

/// <summary>What a capture writes of one set.</summary>
internal sealed class SetCapture : IAsyncDisposable
{
    public SetCapture(ObjectScope scope, BlockSet set, RecordId lease, RandomSource random, PackBuffers buffers, RecordSigner signer, LocationIndex? local)
    {
        Set = set;
        Hasher = scope.Hasher(set);
        Packs = new PackWriter(scope, set, lease, random, buffers);
        Maps = new MapWriter(scope, set, lease, random);
        Spill = new CaptureSpill(scope, set, lease, random, signer, Index, local);
    }

    public BlockSet Set { get; }

    public ContentIdHasher Hasher { get; }

    public PackWriter Packs { get; }

    public MapWriter Maps { get; }

    public CaptureIndex Index { get; } = new();

    public CaptureSpill Spill { get; }

    public async ValueTask DisposeAsync()
    {
        await Packs.DisposeAsync().ConfigureAwait(false);
        Maps.Dispose();
        Spill.Dispose();
        Hasher.Dispose();
    }
}
