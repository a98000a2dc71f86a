using Portability.Core.Crypto;
using Portability.Core.Native;
using Portability.Repository.Backends;

namespace Portability.Repository.Tests.Backends;

/// <summary>
/// A random history of two processes over one folder, with the power cut at a random call, three times over. Keeps what was acknowledged,
/// and names what a restart lost, brought back or showed by half.
/// </summary>
internal sealed class PowerCutHistory
{
    private const int LongestContent = 1200;
    private static readonly string[] Folders = ["packs/boot/aa", "packs/boot/ab", "leases/1", "leases/2", "maps/00", "snapshots/w"];
    private readonly VolatileFileSystem system = new();
    private readonly SeededRandomSource random;
    private readonly Func<IFileSystemCalls, MeddlingCalls> meddle;
    private readonly Dictionary<string, NameState> states = new(StringComparer.Ordinal);
    private string? fault;
    private string? current;

    public PowerCutHistory(ulong seed, Func<IFileSystemCalls, MeddlingCalls>? meddle = null)
    {
        random = new SeededRandomSource(seed);
        this.meddle = meddle ?? (calls => new MeddlingCalls(calls));
    }

    /// <summary>Calls that answered before a cut: a history that acknowledges nothing proves nothing.</summary>
    public int Answers { get; private set; }

    /// <summary>Runs the history.</summary>
    /// <returns>What was wrong, or null.</returns>
    public string? Run()
    {
        for (int round = 0; round < 3 && fault is null; round++)
        {
            system.CutAfter(random.NextInt32(250));
            RunUntilCut();
            system.Restart(random, new[] { 0, 0, 30, 70, 100 }[random.NextInt32(5)]);
            Check();
        }

        return fault;
    }

    private void RunUntilCut()
    {
        MeddlingCalls calls = meddle(system);
        IBlobStore first = VolatileFileSystem.OpenStore(new SeededRandomSource((ulong)random.NextInt32(int.MaxValue)), calls);
        IBlobStore second = VolatileFileSystem.OpenStore(new SeededRandomSource((ulong)random.NextInt32(int.MaxValue)), calls);

        // The second process runs a whole operation between two calls of the first, often on the same name, sometimes just before the cut.
        calls.Between = () =>
        {
            if (random.NextInt32(12) == 0)
            {
                Step(second, random.NextInt32(2) == 0 ? current : null);
                if (random.NextInt32(20) == 0)
                {
                    system.CutAfter(0);
                }
            }
        };
        try
        {
            while (fault is null)
            {
                current = null;
                Step(first, null);
            }
        }
        catch (PowerCutException)
        {
            Answers += states.Values.Sum(state => state.Answers);
        }
    }

    private void Step(IBlobStore store, string? wanted)
    {
        string text = wanted ?? $"{Folders[random.NextInt32(Folders.Length)]}/{random.NextInt32(4)}";
        if (!states.TryGetValue(text, out NameState? state))
        {
            states[text] = state = new NameState();
        }

        current ??= text;
        int choice = random.NextInt32(10);
        if (choice < 5 && !state.Exclusive)
        {
            byte[] content = random.NextBytes(random.NextInt32(LongestContent));
            state.Puts++;
            state.Attempts.Add(content);
            PutResult result = Answer(store.PutIfAbsentAsync(BlobName.Parse(text), content, default));
            state.Puts--;
            Acknowledge(text, state, result == PutResult.Created ? content : null);
        }
        else if (choice >= 5 && !state.Exclusive && state.Puts == 0)
        {
            state.Exclusive = true;
            if (choice < 8)
            {
                Delete(store, text, state);
            }
            else
            {
                Upload(store, text, state);
            }

            state.Exclusive = false;
        }
    }

    private void Delete(IBlobStore store, string text, NameState state)
    {
        state.Attempts.Clear();
        state.Attempts.AddRange(state.Present is { } present ? [present] : []);
        state.Present = null;
        store.DeleteAsync(BlobName.Parse(text), default).GetAwaiter().GetResult();
        state.Attempts.Clear();
        state.Answers++;
    }

    /// <summary>One content and id for each name, so that an upload goes on where the one before a cut was.</summary>
    private void Upload(IBlobStore store, string text, NameState state)
    {
        byte[] content = new SeededRandomSource((ulong)text.Sum(character => character * 31)).NextBytes(LongestContent);
        state.Attempts.Add(content);
        bool created;
        try
        {
            created = Answer(UploadOnce(store, text, content));
        }
        catch (IntegrityException)
        {
            created = Answer(UploadOnce(store, text, content)); // the pieces were torn by a cut, and thrown away
        }

        Acknowledge(text, state, created ? content : null);
    }

    private async Task<bool> UploadOnce(IBlobStore store, string text, byte[] content)
    {
        await using IBlobUpload upload = await store.OpenUploadAsync(BlobName.Parse(text), "1", content.Length, default);
        while (upload.Offset < upload.Length)
        {
            int at = (int)upload.Offset;
            await upload.AppendAsync(content.AsMemory(at, Math.Min(1 + random.NextInt32(LongestContent), content.Length - at)), default);
        }

        return await upload.CompleteAsync(ContentHash.Sha256(content), default) == PutResult.Created;
    }

    private void Acknowledge(string text, NameState state, byte[]? created)
    {
        byte[]? visible = system.Peek($"{VolatileFileSystem.Root}/{text}");
        if (visible is null || (created is not null && !created.AsSpan().SequenceEqual(visible)))
        {
            fault ??= $"{text} was acknowledged as {(created is null ? "existing" : "created")} and is {(visible is null ? "absent" : "something else")}";
        }

        state.Present = visible;
        state.Answers++;
    }

    private void Check()
    {
        foreach ((string text, NameState state) in states)
        {
            byte[]? found = system.Peek($"{VolatileFileSystem.Root}/{text}");
            if (state.Present is { } present && (found is null || !found.AsSpan().SequenceEqual(present)))
            {
                fault ??= $"{text} was acknowledged with {present.Length} bytes and has {found?.Length ?? -1} after the cut";
            }
            else if (state.Present is null && found is not null && !state.Attempts.Exists(attempt => found.AsSpan().SequenceEqual(attempt)))
            {
                fault ??= $"{text} has {found.Length} bytes after the cut that nobody put";
            }

            states[text] = new NameState { Present = found };
        }
    }

    private static T Answer<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private sealed class NameState
    {
        /// <summary>What is acknowledged to be there, or null for nothing.</summary>
        public byte[]? Present { get; set; }

        /// <summary>What a call without an answer may have left.</summary>
        public List<byte[]> Attempts { get; } = [];

        public int Puts { get; set; }

        public bool Exclusive { get; set; }

        public int Answers { get; set; }
    }
}
