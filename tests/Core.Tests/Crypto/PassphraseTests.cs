using Portability.Core.Crypto;
using Xunit;

namespace Portability.Core.Tests.Crypto;

public sealed class PassphraseTests
{
    /// <summary>Counted with Python's hashlib.pbkdf2_hmac.</summary>
    [Theory]
    [InlineData(1, "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce")]
    [InlineData(4096, "d197b1b33db0143e018b12f3d1d1479e6cdebdcc97c5c0f87f6902e072f457b5143f30602641b3d55cd335988cb36b84376060ecd532e039b742a239434af2d5")]
    public void Keys_from_passphrases_give_the_known_answer(int rounds, string expected)
    {
        using SecretBytes key = PassphraseDerivation.DeriveUnbounded("password"u8, "salt"u8, rounds, 64);
        Assert.Equal(expected, Convert.ToHexStringLower(key.AsSpan()));
    }

    [Theory]
    [InlineData(599_999)]
    [InlineData(50_000_001)]
    [InlineData(-1)]
    public void Rounds_out_of_bounds_are_refused(int rounds)
    {
        using var passphrase = new SecretText("a passphrase");
        Assert.Throws<ArgumentOutOfRangeException>(() => PassphraseDerivation.Derive(passphrase, new byte[32], rounds, 32));
    }

    [Fact]
    public async Task A_derivation_in_the_background_gives_the_same_key()
    {
        using var passphrase = new SecretText("password");
        byte[] salt = new byte[32];
        using SecretBytes expected = PassphraseDerivation.Derive(passphrase, salt, 600_000, 64);
        using SecretBytes key = await PassphraseDerivation.DeriveAsync(passphrase, salt, 600_000, 64, TestContext.Current.CancellationToken);
        Assert.Equal(expected.AsSpan(), key.AsSpan());
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PassphraseDerivation.DeriveAsync(passphrase, salt, 600_000, 64, cancelled.Token));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => PassphraseDerivation.DeriveAsync(passphrase, salt, 50_000_001, 64, CancellationToken.None));
    }

    [Fact]
    public async Task Who_waits_for_a_derivation_can_leave_and_its_secrets_are_cleared_when_it_ends()
    {
        var passphrase = new SecretText("password");
        using var stop = new CancellationTokenSource();
        using var begun = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        SecretBytes? given = null;
        var made = new SecretBytes([1, 2, 3]);
        Task<SecretBytes> waiting = PassphraseDerivation.RunAsync(
            passphrase,
            own =>
            {
                given = own;
                begun.Set();
                release.Wait(CancellationToken.None);
                Assert.Equal("password"u8, own.AsSpan());
                return made;
            },
            stop.Token);
        begun.Wait(TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        passphrase.Dispose();
        Assert.Equal(3, made.Length);
        release.Set();
        Assert.True(SpinWait.SpinUntil(() => IsDisposed(given!) && IsDisposed(made), TimeSpan.FromMinutes(1)));
    }

    private static bool IsDisposed(SecretBytes secret)
    {
        try
        {
            return secret.Length < 0;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    [Fact]
    public void Rounds_follow_the_measured_time_within_bounds()
    {
        // Three probes of 50,000 rounds, 10 ms each by this clock: 300 ms are 1,500,000 rounds.
        Assert.Equal(1_500_000, PassphraseDerivation.Calibrate(TimeSpan.FromMilliseconds(300), new SteppingClock(TimeSpan.FromMilliseconds(10))));
        Assert.Equal(600_000, PassphraseDerivation.Calibrate(TimeSpan.FromMilliseconds(1), new SteppingClock(TimeSpan.FromMilliseconds(10))));
        Assert.Equal(600_000, PassphraseDerivation.Calibrate(TimeSpan.FromSeconds(1), new SteppingClock(TimeSpan.Zero)));
        Assert.Equal(50_000_000, PassphraseDerivation.Calibrate(TimeSpan.FromHours(1), new SteppingClock(TimeSpan.FromMilliseconds(1))));
    }

    [Fact]
    public void Secrets_print_as_stars_and_are_gone_after_disposal()
    {
        var passphrase = new SecretText("Grüße 🗝");
        using var same = new SecretText("Grüße 🗝");
        using var other = new SecretText("grüße 🗝");
        Assert.Equal("***", passphrase.ToString());
        Assert.Equal("***", $"{passphrase}");
        Assert.Equal("4772c3bcc39f6520f09f979d", Convert.ToHexStringLower(passphrase.AsUtf8()));
        Assert.True(passphrase.IsSameAs(same));
        Assert.False(passphrase.IsSameAs(other));
        Assert.DoesNotContain(typeof(SecretText).GetProperties(), property => property.PropertyType != typeof(bool));
        ReadOnlySpan<byte> bytes = passphrase.AsUtf8();
        passphrase.Dispose();
        Assert.Equal(-1, bytes.IndexOfAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => passphrase.IsEmpty);
        Assert.Throws<System.Text.EncoderFallbackException>(() => new SecretText("\ud800"));
    }

    [Fact]
    public void Seeded_sources_repeat_themselves_in_any_pieces()
    {
        byte[] whole = new SeededRandomSource(7).NextBytes(100);
        var pieces = new SeededRandomSource(7);
        byte[] joined = [.. pieces.NextBytes(33), .. pieces.NextBytes(1), .. pieces.NextBytes(66)];
        Assert.Equal(whole, joined);
        Assert.NotEqual(whole, new SeededRandomSource(8).NextBytes(100));
        Guid guid = new SeededRandomSource(7).NextGuid();
        Assert.Equal(4, guid.Version);
        Assert.InRange(guid.Variant, 8, 11);
        Assert.NotEqual(RandomSource.System.NextId(), RandomSource.System.NextId());
        Assert.Equal([0, 1, 2, 3, 4], Enumerable.Range(0, 500).Select(_ => pieces.NextInt32(5)).Distinct().Order());
    }

    private sealed class SteppingClock(TimeSpan step) : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now += step.Ticks;
    }
}
