using Portability.Core.Crypto;
using Portability.Repository.Backends;
using Portability.Repository.Repositories;
using Portability.Repository.Signers;

namespace Portability.Repository.Tests.Repositories;

/// <summary>
/// A repository in memory or any other store, made without a passphrase (so without its slow derivation): one certificate-like recipient,
/// one owner whose key is at hand, one member with every right.
/// </summary>
internal sealed class TestRepository : IDisposable
{
    private TestRepository(IBlobStore store, RepositoryDraft draft, SigningKey owner, SigningKey member, RecipientPrivateKey recipient)
    {
        Store = store;
        Configuration = draft.Configuration;
        Trust = draft.Trust;
        Owner = owner;
        Member = member;
        Recipient = recipient;
        ReceiptKey = SigningKey.Generate();
        Instance = InstanceRecord.Create(Configuration.Id, RandomSource.System.NextGuid(), ReceiptKey, RandomSource.System);
    }

    public IBlobStore Store { get; }

    public RepositoryConfiguration Configuration { get; }

    /// <summary>The chain as it was made: record 1 only.</summary>
    public TrustChain Trust { get; }

    public SigningKey Owner { get; }

    public SigningKey Member { get; }

    public RecipientPrivateKey Recipient { get; }

    public InstanceRecord Instance { get; }

    public SigningKey ReceiptKey { get; }

    public static async Task<TestRepository> CreateAsync(
        IBlobStore? store = null, int blockSize = 4096, DedupScope dedupScope = DedupScope.Repository, RandomSource? random = null)
    {
        store ??= new MemoryBlobStore();
        SigningKey owner = SigningKey.Generate();
        SigningKey member = SigningKey.Generate();
        RecipientPrivateKey recipient = RecipientPrivateKey.Generate();
        var options = new CreateOptions { Certificate = recipient.PublicKey, BlockSize = blockSize, DedupScope = dedupScope };
        using RepositoryDraft draft = RepositoryDraft.Create(options, owner, member.PublicKey, TimeProvider.System, random ?? RandomSource.System);
        await RepositoryCreator.CommitAsync(store, draft, CancellationToken.None);
        var made = new TestRepository(store, draft, owner, member, recipient);
        await store.PutIfAbsentAsync(RepositoryNames.Instance, made.Instance.Record.Bytes, CancellationToken.None);
        return made;
    }

    /// <summary>The first member's view: keys, all rights. The caller disposes it.</summary>
    public OpenRepository Open(TimeProvider? time = null, RandomSource? random = null, IBlobStore? store = null, MemberState? state = null) =>
        OpenAs(Copy(Member), time, random, store, state);

    /// <summary>A view with keys and another signing key, which may not be admitted. The caller disposes it.</summary>
    public OpenRepository OpenAs(
        SigningKey? signingKey, TimeProvider? time = null, RandomSource? random = null, IBlobStore? store = null, MemberState? state = null)
    {
        TrustRecipient recipient = Trust.Recipients.Single();
        return new OpenRepository(
            store ?? Store,
            Configuration,
            Trust,
            time ?? TimeProvider.System,
            random ?? RandomSource.System,
            KeyringOpener.TryOpen(Trust, recipient.Id, Recipient),
            signingKey,
            Instance,
            Copy(ReceiptKey),
            state,
            recipient,
            Copy(Recipient));
    }

    /// <summary>The view of a verifier without any key. The caller disposes it.</summary>
    public OpenRepository OpenWithoutKey(TimeProvider? time = null, IBlobStore? store = null) =>
        new(store ?? Store, Configuration, Trust, time ?? TimeProvider.System, RandomSource.System, instance: Instance, receiptKey: Copy(ReceiptKey));

    /// <summary>The owner's editor over a view. The caller disposes it.</summary>
    public TrustEditor Edit(OpenRepository repository) => TrustEditor.ForOwner(repository, Copy(Owner), TimeSpan.Zero);

    public static SigningKey Copy(SigningKey key)
    {
        using SecretBytes exported = key.Export();
        return SigningKey.Read(exported.AsSpan());
    }

    public static RecipientPrivateKey Copy(RecipientPrivateKey key)
    {
        using SecretBytes exported = key.Export();
        return RecipientPrivateKey.Read(exported.AsSpan());
    }

    public void Dispose()
    {
        Owner.Dispose();
        Member.Dispose();
        ReceiptKey.Dispose();
        Recipient.Dispose();
    }
}
