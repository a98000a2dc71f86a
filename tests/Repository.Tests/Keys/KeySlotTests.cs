using System.Text;
using Portability.Core.Crypto;
using Portability.Repository.Keys;
using Portability.Repository.Records;
using Xunit;

namespace Portability.Repository.Tests.Keys;

public sealed class KeySlotTests
{
    private static readonly Guid RepositoryId = Guid.Parse(FormatVectors.Repository);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slot_opens_for_its_passphrase_and_repository_only()
    {
        using var passphrase = new SecretText("right");
        using var wrong = new SecretText("wrong");
        using RecipientPrivateKey key = RecipientPrivateKey.Generate();
        using SecretBytes exported = key.Export();
        var maker = new SlotMaker(RepositoryId, KeyFingerprint.Of([1]), TimeSpan.Zero, TimeProvider.System, RandomSource.System);
        KeySlot slot = KeySlot.Parse(maker.MakeRecipient(passphrase, RecordId.FromBytes(new byte[16]), key).Bytes, "slot");

        using KeySlotSecret secret = (await slot.TryOpenAsync(passphrase, RepositoryId, Token))!;

        Assert.Equal(exported.AsSpan(), secret.PrivateKey.AsSpan());
        Assert.Equal(KeyFingerprint.Of([1]), secret.Owner);
        Assert.Equal(600_000, slot.Rounds);
        Assert.Equal("00000000000000000000000000000000", slot.For);
        Assert.Null(await slot.TryOpenAsync(wrong, RepositoryId, Token));
        Assert.Null(await slot.TryOpenAsync(passphrase, Guid.Empty, Token));
    }

    [Fact]
    public void Rounds_follow_the_time_they_may_take()
    {
        var clock = new FastClock();
        // A probe of 50,000 rounds seems to take a second.
        int rounds = PassphraseDerivation.Calibrate(TimeSpan.FromSeconds(24), clock);

        Assert.Equal(1_200_000, rounds);
        Assert.Equal(PassphraseDerivation.MinimumRounds, PassphraseDerivation.Calibrate(TimeSpan.FromTicks(1), clock));
    }

    [Theory]
    [InlineData("\"rounds\":600000", "\"rounds\":599999")]
    [InlineData("\"rounds\":600000", "\"rounds\":50000001")]
    [InlineData("\"rounds\":600000", "\"rounds\":-1")]
    [InlineData("pbkdf2-hmac-sha512", "pbkdf2-hmac-sha1")]
    [InlineData("\"purpose\":\"recipient\"", "\"purpose\":\"admin\"")]
    [InlineData("\"nonce\":\"", "\"nonce\":\"AAAA")]
    [InlineData("\"id\":\"0", "\"id\":\"")]
    [InlineData("\"salt\"", "\"pepper\"")]
    public void A_slot_out_of_bounds_is_refused_before_any_round_is_made(string part, string other)
    {
        string json = Encoding.UTF8.GetString(Convert.FromBase64String(FormatVectors.RecipientSlot));
        Assert.Contains(part, json, StringComparison.Ordinal);

        Assert.Throws<InvalidFormatException>(() => KeySlot.Parse(Encoding.UTF8.GetBytes(json.Replace(part, other, StringComparison.Ordinal))));
    }

    [Fact]
    public void A_long_slot_is_not_even_parsed() => Assert.Throws<InvalidFormatException>(() => KeySlot.Parse(new byte[KeySlot.MaximumSize + 1]));

    /// <summary>A clock that goes one second forward each time it is asked.</summary>
    private sealed class FastClock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => now++;
    }
}
