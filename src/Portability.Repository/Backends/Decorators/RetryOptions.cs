namespace Portability.Repository.Backends;

/// <summary>How often and how soon a <see cref="RetryingBlobStore"/> tries again.</summary>
public sealed record RetryOptions
{
    /// <summary>The options that commands use: 6 attempts within about 30 seconds.</summary>
    public static RetryOptions Default { get; } = new();

    /// <summary>Attempts in all, 1 or more.</summary>
    public int Attempts { get; init; } = 6;

    /// <summary>Longest wait before the second attempt; it doubles from there. Each wait is drawn between half of it and all of it.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait of all.</summary>
    public TimeSpan MaximumDelay { get; init; } = TimeSpan.FromSeconds(15);
}
