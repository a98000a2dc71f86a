using System.Globalization;
using Portability;
using Portability.Core.Crypto;
using Portability.Repository.Backends;

// A second process over a directory store: reads one command a line, answers one line each. Ends with its input.
var store = DirectoryBlobStore.Open(args[0], new DirectoryBlobStoreOptions());
Console.WriteLine("ready");
while (Console.ReadLine() is { } line)
{
    string[] words = line.Split(' ');
    try
    {
        Console.WriteLine(words[0] switch
        {
            "put" => (await store.PutIfAbsentAsync(BlobName.Parse(words[1]), Convert.FromHexString(words[2]), default)).ToString(),
            "get" => Convert.ToHexStringLower(await store.ReadAllAsync(BlobName.Parse(words[1]), 1 << 20, default)),
            "list" => string.Join(' ', (await Collect(words[1])).Select(entry => entry.Name.Value)),
            "delete" => await Delete(words[1]),
            "race" => await Race(words[1], Number(words[2]), Number(words[3]), (byte)Number(words[4])),
            "churn" => await Churn(words[1], Number(words[2])),
            _ => "unknown",
        });
    }
    catch (PortabilityException exception)
    {
        Console.WriteLine(exception.ErrorId);
    }
}

int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

async Task<string> Delete(string name)
{
    await store.DeleteAsync(BlobName.Parse(name), default);
    return "deleted";
}

async Task<List<BlobEntry>> Collect(string prefix)
{
    List<BlobEntry> entries = [];
    await foreach (BlobEntry entry in store.ListAsync(prefix, default))
    {
        entries.Add(entry);
    }

    return entries;
}

// One character a name: 1 for each that this process won. The content says who put it.
async Task<string> Race(string prefix, int first, int count, byte self)
{
    char[] won = new char[count];
    await Parallel.ForAsync(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (number, token) =>
    {
        byte[] content = [self, .. RandomSource.System.NextId()];
        PutResult result = await store.PutIfAbsentAsync(BlobName.Parse(string.Create(CultureInfo.InvariantCulture, $"{prefix}/{number % 16:x}/{number}")), content, token);
        won[number - first] = result == PutResult.Created ? '1' : '0';
    });
    return new string(won);
}

// Puts and deletes one object in one folder, which comes and goes with it.
async Task<string> Churn(string folder, int count)
{
    for (int number = 0; number < count; number++)
    {
        var name = BlobName.Parse(string.Create(CultureInfo.InvariantCulture, $"{folder}/{RandomSource.System.NextGuid():n}"));
        await store.PutIfAbsentAsync(name, new byte[10], default);
        if (await store.GetLengthAsync(name, default) != 10)
        {
            return "lost";
        }

        await store.DeleteAsync(name, default);
    }

    return "done";
}
