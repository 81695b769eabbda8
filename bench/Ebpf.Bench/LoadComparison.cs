using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Bench;

/// <summary>
/// Measures the loading of an object with many programs: one after the other, several at once, and with libbpf, in turns. Real time,
/// since that is what several at once can save.
/// </summary>
/// <param name="rival">The program that does it with libbpf.</param>
/// <param name="path">The object.</param>
internal sealed class LoadComparison(string rival, string path)
{
    private const int Rounds = Turns.Rounds;

    /// <summary>Measures, and prints a table.</summary>
    public void Run()
    {
        using Rival libbpf = new(rival, path);
        int programs = CollectionSpec.Load(path).Programs.Count;
        Console.WriteLine($"Reading, loading and closing {programs} programs: ours and {libbpf.Name}, in turns; medians of real time");
        Console.WriteLine($"{Environment.ProcessorCount} processors");

        // What is compiled when it is first called, and the kernel's caches.
        for (int i = 0; i < 3; i++)
        {
            Load(1);
            Load(0);
            libbpf.Run(1);
        }

        double[] one = new double[Rounds], many = new double[Rounds], theirs = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            one[round] = Load(1);
            many[round] = Load(0);
            theirs[round] = libbpf.Run(1) / 1000;
        }

        Console.WriteLine($"{"",-34} {"ms",10} {"of libbpf's",12} {"(middle half)",14} {"of one by one",14} {"(middle half)",14}");
        Print("one by one (Parallelism 1)", one, theirs, one);
        Print("as many as processors (0)", many, theirs, one);
        Print(libbpf.Name, theirs, theirs, one);
    }

    private static void Print(string what, double[] times, double[] theirs, double[] one) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{what,-34} {Sorted(times)[Rounds / 2],10:N1} {Ratio(times, theirs)} {Ratio(times, one),29}"));

    private static string Ratio(double[] times, double[] others)
    {
        double[] ratios = Sorted([.. times.Zip(others, (time, other) => time / other)]);
        return string.Create(
            CultureInfo.InvariantCulture, $"{ratios[Rounds / 2],12:0.00} {$"{ratios[Rounds / 4]:0.00}–{ratios[Rounds * 3 / 4]:0.00}",14}");
    }

    private static double[] Sorted(double[] values)
    {
        double[] sorted = [.. values];
        Array.Sort(sorted);
        return sorted;
    }

    /// <returns>In milliseconds.</returns>
    private double Load(int parallelism)
    {
        long start = Stopwatch.GetTimestamp();
        BpfCollection.Load(CollectionSpec.Load(path), new CollectionOptions { Parallelism = parallelism }).Dispose();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
