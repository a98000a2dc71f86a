using System.Security.Cryptography;

namespace Portability.Core.Crypto;

/// <summary>Keys from passphrases (PBKDF2-HMAC-SHA-512, RFC 8018). Thread-safe.</summary>
public static class PassphraseDerivation
{
    /// <summary>Fewest rounds that are ever made or accepted.</summary>
    public const int MinimumRounds = 600_000;

    /// <summary>Most rounds that are accepted: a hostile slot must not keep a reader busy for longer than a minute or so.</summary>
    public const int MaximumRounds = 50_000_000;

    /// <summary>Time that one derivation is calibrated to, unless told otherwise: every command that connects waits that long.</summary>
    public static readonly TimeSpan DefaultTime = TimeSpan.FromMilliseconds(500);

    private const int ProbeRounds = 50_000;
    private const int SaltSize = 32;

    /// <summary>Derives a key; the caller disposes it.</summary>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="salt">Random, kept beside the slot.</param>
    /// <param name="rounds"><see cref="MinimumRounds"/> to <see cref="MaximumRounds"/>.</param>
    /// <param name="length">Length of the key in bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rounds are out of bounds; a parser checks them before.</exception>
    public static SecretBytes Derive(SecretText passphrase, ReadOnlySpan<byte> salt, int rounds, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, MinimumRounds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, MaximumRounds);
        return DeriveUnbounded(passphrase.AsUtf8(), salt, rounds, length);
    }

    /// <summary>As <see cref="Derive"/>, on a thread of its own: the platform's derivation cannot be stopped, but who waits for it can.</summary>
    /// <param name="passphrase">The passphrase; a copy is used, so that the caller may dispose it once the call has ended.</param>
    /// <param name="salt">Random, kept beside the slot; must not change.</param>
    /// <param name="rounds"><see cref="MinimumRounds"/> to <see cref="MaximumRounds"/>.</param>
    /// <param name="length">Length of the key in bytes.</param>
    /// <param name="cancellationToken">Ends the wait at once; the thread works to its end, and what it held and made is cleared then.</param>
    /// <returns>The key; the caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rounds are out of bounds; a parser checks them before.</exception>
    public static Task<SecretBytes> DeriveAsync(
        SecretText passphrase, ReadOnlyMemory<byte> salt, int rounds, int length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rounds, MinimumRounds);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rounds, MaximumRounds);
        return RunAsync(passphrase, own => DeriveUnbounded(own.AsSpan(), salt.Span, rounds, length), cancellationToken);
    }

    /// <summary>Finds how many rounds take a given time here, never under <see cref="MinimumRounds"/>.</summary>
    /// <param name="target">The time one derivation may take.</param>
    /// <param name="clock">Measures it.</param>
    public static int Calibrate(TimeSpan target, TimeProvider clock)
    {
        byte[] salt = new byte[SaltSize];
        TimeSpan best = TimeSpan.MaxValue;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            long start = clock.GetTimestamp();
            DeriveUnbounded("calibration"u8, salt, ProbeRounds, SaltSize).Dispose();
            TimeSpan taken = clock.GetElapsedTime(start);
            best = taken < best ? taken : best;
        }

        double rounds = best > TimeSpan.Zero ? ProbeRounds * (target / best) : MinimumRounds;
        return (int)Math.Clamp(rounds, MinimumRounds, MaximumRounds);
    }

    /// <summary>Runs a derivation on a thread of its own, which nobody has to wait for.</summary>
    /// <param name="passphrase">Given to the derivation as a copy.</param>
    /// <param name="derive">The derivation.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    internal static async Task<SecretBytes> RunAsync(SecretText passphrase, Func<SecretBytes, SecretBytes> derive, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var own = new SecretBytes(passphrase.AsUtf8());
        Task<SecretBytes> work = Task.Factory.StartNew(
            () =>
            {
                using (own)
                {
                    return derive(own);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
            TaskScheduler.Default);
        try
        {
            return await work.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = ClearAsync(work);
            throw;
        }
    }

    private static async Task ClearAsync(Task<SecretBytes> abandoned) => (await abandoned.ConfigureAwait(false)).Dispose();

    /// <summary>The derivation without bounds, for known answers.</summary>
    internal static SecretBytes DeriveUnbounded(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, int rounds, int length)
    {
        Span<byte> key = stackalloc byte[SHA512.HashSizeInBytes];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, key.Length);
        key = key[..length];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, key, rounds, HashAlgorithmName.SHA512);
            return new SecretBytes(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
