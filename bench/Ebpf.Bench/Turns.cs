namespace Ebpf.Bench;

/// <summary>
/// Measures ours and another's in turns, so that whatever else the machine does hits both. Times are processor times, of
/// all threads, so that the garbage collector's count and other processes' do not.
/// </summary>
internal static class Turns
{
    public const int Rounds = 21;

    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(60);

    /// <summary>The JIT compiles a method three times, the last time knowing what the first calls did: it takes a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>Warms up.</summary>
    /// <param name="run">Does something so many times, and says how many microseconds that took.</param>
    /// <param name="roundTime">How long a round is to take; <see cref="RoundTime"/> if not given.</param>
    /// <param name="compiled">Whether it is machine code from the start.</param>
    /// <returns>How many times fill a round.</returns>
    public static int Settle(Func<int, double> run, TimeSpan? roundTime = null, bool compiled = false)
    {
        int times = 1;
        long end = Environment.TickCount64 + (long)(compiled ? WarmUp / 6 : WarmUp).TotalMilliseconds;
        double length = (roundTime ?? RoundTime).TotalMicroseconds;
        do
        {
            double round = Math.Max(run(times), 1);
            times = (int)Math.Clamp(times * length / round, 1, times * 10.0);
        }
        while (Environment.TickCount64 < end);
        return times;
    }

    /// <summary>The processor time of some work.</summary>
    public static double Microseconds(Action work)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
    }

    /// <summary>Measures both.</summary>
    /// <param name="work">Ours.</param>
    /// <param name="rival">The other.</param>
    /// <returns>Medians: microseconds of each, the ratio, and between what the middle half of the ratios lies.</returns>
    public static (double Ours, double Theirs, double Ratio, double Low, double High) Compare(Action work, Rival rival)
    {
        double Run(int times) => Microseconds(() =>
        {
            for (int i = 0; i < times; i++) work();
        });

        int ourTimes = Settle(Run), theirTimes = Settle(rival.Run, compiled: true);
        double[] ours = new double[Rounds], theirs = new double[Rounds], ratios = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            ours[round] = Run(ourTimes) / ourTimes;
            theirs[round] = rival.Run(theirTimes) / theirTimes;
            ratios[round] = ours[round] / theirs[round];
        }

        foreach (double[] values in new[] { ours, theirs, ratios }) Array.Sort(values);
        return (ours[Rounds / 2], theirs[Rounds / 2], ratios[Rounds / 2], ratios[Rounds / 4], ratios[Rounds * 3 / 4]);
    }
}
