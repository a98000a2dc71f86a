using Portability.Engine.Repositories;
using Portability.Engine.Snapshots;
using Portability.Repository.Locations;
using Portability.Repository.Objects;
using Xunit;

namespace Portability.Engine.Tests.Snapshots;

/// <summary>Two signers share blocks only after a key holder has checked the packs.</summary>
public sealed class VerifiedDedupTests : IDisposable
{
    private const int Size = 4 << 20;
    private readonly EngineFixture fixture = new();
    private readonly SnapshotFacade facade = new();

    public void Dispose() => fixture.Dispose();

    [Fact]
    public async Task Blocks_of_another_signer_are_shared_once_a_key_holder_has_checked_them()
    {
        using RepositoryConnection one = await fixture.OpenNewAsync();
        using RepositoryConnection other = await OpenOtherAsync(one);
        byte[] content = SparseContent.Make(1, Size, dataShare: 1);
        WorkloadSnapshot own = await CaptureAsync(one, "web01", content);
        WorkloadSnapshot apart = await CaptureAsync(other, "web02", content);
        Assert.True(apart.StoredBytes > Size * 9L / 10, "The packs of another signer were relied on before anybody had checked them.");
        Assert.Empty(await VerifiedPacks.ReadAsync(one.Opened, CancellationToken.None));
        await OptimizeAsync(one);
        Assert.NotEmpty(await VerifiedPacks.ReadAsync(other.Opened, CancellationToken.None));
        WorkloadSnapshot shared = await CaptureAsync(other, "web03", content);
        Assert.True(shared.StoredBytes < Size / 20, $"{shared.StoredBytes} bytes were stored again.");
        foreach (WorkloadSnapshot gone in new[] { own, apart })
        {
            await facade.RemoveAsync(one, gone, fixture.Observer, CancellationToken.None);
        }

        await OptimizeAsync(one);
        Assert.Equal(content, await TestDisk.ReadAsync(one, shared));
        await facade.RemoveAsync(one, shared, fixture.Observer, CancellationToken.None);
        await OptimizeAsync(one);
        Assert.Empty(await VerifiedPacks.ReadAsync(one.Opened, CancellationToken.None));
    }

    [Fact]
    public async Task Blocks_that_a_compaction_moved_are_shared_still()
    {
        using RepositoryConnection connection = await fixture.OpenNewAsync();
        byte[] old = SparseContent.Make(1, Size, dataShare: 1);
        byte[] kept = SparseContent.Make(2, Size, dataShare: 1);
        old.AsSpan(0, Size / 2).CopyTo(kept);
        WorkloadSnapshot first = await CaptureAsync(connection, "web01", old);
        await CaptureAsync(connection, "web01", kept);
        await facade.RemoveAsync(connection, first, fixture.Observer, CancellationToken.None);
        Assert.True((await OptimizeAsync(connection)).PacksRewritten > 0);
        WorkloadSnapshot shared = await CaptureAsync(connection, "web02", kept);
        Assert.True(shared.StoredBytes < Size / 20, $"{shared.StoredBytes} bytes were stored again.");
        Assert.Equal(kept, await TestDisk.ReadAsync(connection, shared));
    }

    [Fact]
    public async Task A_pack_that_is_not_what_it_says_is_vouched_for_by_nobody()
    {
        using RepositoryConnection one = await fixture.OpenNewAsync();
        using RepositoryConnection other = await OpenOtherAsync(one);
        await CaptureAsync(one, "web01", SparseContent.Make(1, Size, dataShare: 1));
        await CaptureAsync(other, "web02", SparseContent.Make(2, Size, dataShare: 1));
        string damaged = Directory.EnumerateFiles(Path.Combine(fixture.Vault, "packs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
        byte[] bytes = await File.ReadAllBytesAsync(damaged);
        bytes[bytes.Length / 2] ^= 1;
        File.Delete(damaged);
        await File.WriteAllBytesAsync(damaged, bytes);
        await OptimizeAsync(one);
        WrittenObject vouched = Assert.Single((await VerifiedPacks.ReadAsync(other.Opened, CancellationToken.None)).Values);
        Assert.DoesNotContain(vouched.Id.ToString(), damaged, StringComparison.Ordinal);
    }

    private async Task<RepositoryConnection> OpenOtherAsync(RepositoryConnection one)
    {
        RepositoryConnection other = await fixture.ConnectAsync(environment: fixture.OtherMachine("b"));
        RepositoryException refused = Assert.Throws<RepositoryException>(() => other.Opened.RequireSigner(SignerRights.Capture));
        string line = refused.RecommendedAction;
        string key = line[(line.IndexOf("-Signer ", StringComparison.Ordinal) + 8)..].Split(' ')[0];
        await fixture.Repositories.AddKeyAsync(
            one, new AddKeyOptions { Kind = RepositoryKeyKind.Signer, Name = "host-b", PublicKey = key }, CancellationToken.None);
        await other.Opened.RefreshTrustAsync(CancellationToken.None);
        return other;
    }

    private Task<OptimizeResult> OptimizeAsync(RepositoryConnection connection) =>
        fixture.Repositories.OptimizeAsync(connection, new OptimizeOptions(), fixture.Observer, CancellationToken.None);

    private Task<WorkloadSnapshot> CaptureAsync(RepositoryConnection connection, string name, byte[] content) => facade.CaptureAsync(
        connection,
        new CaptureOptions { Name = name, Disks = [new DiskSourceOptions { Path = TestDisk.Write(fixture.Folder.File(name + ".img"), content) }] },
        fixture.Observer,
        CancellationToken.None);
}
