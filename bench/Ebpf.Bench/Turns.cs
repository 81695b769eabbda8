namespace Ebpf.Bench;

/// <summary>
/// Measures ours and another's in turns, so that whatever else the machine does hits both. Times are processor times, of all
/// threads, so that the garbage collector's count and other processes' do not.
/// </summary>
internal static class Turns
{
    /// <summary>The JIT compiles a method three times, the last time knowing what the first calls did: it takes a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    /// <summary>How long something of ours takes, in microseconds.</summary>
    public static double Microseconds(Action work)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
    }

    /// <summary>Warms up.</summary>
    /// <param name="run">Does the work so many times, and says how many microseconds it took.</param>
    /// <param name="roundTime">How long a round is to take.</param>
    /// <param name="compiled">Whether it is machine code from the start.</param>
    /// <returns>How many times fill a round.</returns>
    public static int Settle(Func<int, double> run, TimeSpan roundTime, bool compiled = false)
    {
        int times = 1;
        long end = Environment.TickCount64 + (long)(compiled ? WarmUp / 6 : WarmUp).TotalMilliseconds;
        do
        {
            double round = Math.Max(run(times), 1);
            times = (int)Math.Clamp(times * roundTime.TotalMicroseconds / round, 1, times * 10.0);
        }
        while (Environment.TickCount64 < end);
        return times;
    }
}
