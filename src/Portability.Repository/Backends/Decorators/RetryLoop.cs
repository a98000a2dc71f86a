using Portability.Core.Crypto;

namespace Portability.Repository.Backends;

/// <summary>Tries a call again while its error says that this can help. Thread-safe.</summary>
internal sealed class RetryLoop(RetryOptions options, TimeProvider clock, RandomSource random)
{
    private const int Steps = 1 << 16;

    /// <summary>Runs a call.</summary>
    /// <typeparam name="T">Type of its answer.</typeparam>
    /// <param name="attempt">The call; it is given the number of the attempt, from 1.</param>
    /// <param name="cancellationToken">Ends the waiting too.</param>
    public async Task<T> RunAsync<T>(Func<int, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int number = 1; ; number++)
        {
            try
            {
                return await attempt(number).ConfigureAwait(false);
            }
            catch (PortabilityException exception) when (exception.IsTransient && number < options.Attempts)
            {
                await WaitAsync(number, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits after a failed attempt.</summary>
    public Task WaitAsync(int number, CancellationToken cancellationToken)
    {
        TimeSpan longest = options.FirstDelay * Math.Pow(2, number - 1);
        longest = longest < options.MaximumDelay ? longest : options.MaximumDelay;
        return Task.Delay(longest * (0.5 + (0.5 * random.NextInt32(Steps) / Steps)), clock, cancellationToken);
    }

    /// <summary>Tells whether a failed attempt may be followed by another.</summary>
    public bool MayTryAgain(PortabilityException exception, int number) => exception.IsTransient && number < options.Attempts;
}
