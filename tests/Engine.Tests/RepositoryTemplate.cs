using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Portability.Engine.Repositories;
using Portability.Tests;

namespace Portability.Engine.Tests;

/// <summary>
/// A new repository, made once and copied for every test: deriving keys from passphrases is slow on purpose. It opens with the passphrase
/// of <see cref="EngineFixture"/> and, at once, with a certificate.
/// </summary>
internal static class RepositoryTemplate
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static string? made;

    public static X509Certificate2 Certificate { get; } = MakeCertificate();

    public static async Task CopyAsync(string vault, string state)
    {
        await Gate.WaitAsync();
        try
        {
            made ??= await MakeAsync();
        }
        finally
        {
            Gate.Release();
        }

        Copy(Path.Combine(made, "vault"), vault);
        Copy(Path.Combine(made, "state"), state);
    }

    /// <summary>Copies a folder with all in it.</summary>
    public static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }

    private static async Task<string> MakeAsync()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        using EngineSecret passphrase = EngineFixture.Secret();
        using EngineSecret certificate = EngineSecret.FromCertificate(Certificate);
        var options = new NewRepositoryOptions
        {
            Path = folder.File("vault"),
            Secret = passphrase,
            SecondSecret = certificate,
            DerivationTime = TimeSpan.Zero,
        };
        var facade = new RepositoryFacade(EngineEnvironment.ForState(folder.File("state")));
        using RepositoryConnection connection = await facade.CreateAsync(options, SilentObserver.Instance, CancellationToken.None);
        return folder.Path;
    }

    private static X509Certificate2 MakeCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=tests", key, HashAlgorithmName.SHA256);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
