using System.Globalization;

namespace Ebpf.Bench;

/// <summary>
/// Measures ours and libbpf's in turns, so that whatever else the machine does hits both. Times are processor times, of
/// all threads, so that the garbage collector's count and other processes' do not.
/// </summary>
/// <param name="rival">The program that does it with libbpf.</param>
/// <param name="path">The object.</param>
internal sealed class Comparison(string rival, string path)
{
    private const int Rounds = 21;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(60);

    /// <summary>The JIT compiles a method three times, the last time knowing what the first calls did: it takes a while.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    private readonly byte[] _image = File.ReadAllBytes(path);

    /// <summary>The head of the table.</summary>
    public static string Head { get; } =
        $"{"object",-18} {"bytes",10} {"ours µs",10} {"libbpf µs",10} {"ours/libbpf",12} {"(middle half)",14}"
        + $" {"with code",10} {"allocated",12} {"first ms",9}";

    /// <summary>Measures.</summary>
    /// <returns>A line of the table.</returns>
    public string Run()
    {
        using Rival libbpf = new(rival, path);
        int times = Settle(Load);
        int timesWithCode = Settle(LoadWithCode);
        int libbpfTimes = Settle(libbpf.Run);

        double[] ours = new double[Rounds], libbpfs = new double[Rounds], withCode = new double[Rounds], ratios = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            ours[round] = Load(times) / times;
            libbpfs[round] = libbpf.Run(libbpfTimes) / libbpfTimes;
            ratios[round] = ours[round] / libbpfs[round];
            withCode[round] = LoadWithCode(timesWithCode) / timesWithCode;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        Reading.Load(_image, 1);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        foreach (double[] values in new[] { ours, libbpfs, withCode, ratios }) Array.Sort(values);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.GetFileNameWithoutExtension(path),-18} {_image.Length,10:N0} {ours[Rounds / 2],10:N1} {libbpfs[Rounds / 2],10:N1}"
            + $" {ratios[Rounds / 2],12:0.00} {$"{ratios[Rounds / 4]:0.00}–{ratios[Rounds * 3 / 4]:0.00}",14}"
            + $" {withCode[Rounds / 2],10:N1} {allocated,12:N0} {FirstCall.Measure(path),9:0.0}");
    }

    private double Load(int times) => Microseconds(() => Reading.Load(_image, times));

    private double LoadWithCode(int times) => Microseconds(() => Reading.LoadWithCode(_image, times));

    private static double Microseconds(Action work)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
    }

    /// <summary>Warms up.</summary>
    /// <returns>How many times fill a round.</returns>
    private static int Settle(Func<int, double> run)
    {
        int times = 1;
        long end = Environment.TickCount64 + (long)WarmUp.TotalMilliseconds;
        do
        {
            double round = Math.Max(run(times), 1);
            times = (int)Math.Clamp(times * RoundTime.TotalMicroseconds / round, 1, times * 10.0);
        }
        while (Environment.TickCount64 < end);
        return times;
    }
}
