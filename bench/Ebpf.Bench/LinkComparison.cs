using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Bench;

/// <summary>
/// Measures attaching and detaching, a thousand times of each kind, ours and libbpf's in turns. Real time, since the kernel waits in both.
/// </summary>
/// <param name="rival">The program that does it with libbpf.</param>
/// <param name="path">The object.</param>
/// <param name="library">The library whose function is probed.</param>
/// <param name="function">The function.</param>
internal sealed class LinkComparison(string rival, string path, string library, string function)
{
    private const int Rounds = 20, TimesInRound = 50;

    /// <summary>Measures, and prints a table.</summary>
    public void Run()
    {
        using Rival libbpf = new(rival, path, library, function);
        using BpfCollection collection = BpfCollection.Load(path);
        Console.WriteLine(
            $"Attaching and detaching, {Rounds * TimesInRound} times: ours and {libbpf.Name}, in turns; medians of {Rounds} rounds of {TimesInRound}, real time");
        Console.WriteLine($"{"",-28} {"ours µs",10} {"libbpf µs",10} {"ours/libbpf",12} {"(middle half)",14} {"allocated",10}");
        Compare(libbpf, "XDP on lo", "xdp", () => collection.Programs["on_packet"].AttachXdp("lo"));
        Compare(libbpf, "tracepoint", "tracepoint", () => collection.Programs["on_tracepoint"].Attach());
        Compare(libbpf, "raw tracepoint", "raw-tracepoint", () => collection.Programs["on_raw_tracepoint"].Attach());
        Compare(libbpf, "uprobe by name", "uprobe", () => collection.Programs["on_function"].AttachUprobe(library, function));
    }

    private static void Compare(Rival libbpf, string what, string kind, Func<BpfLink> attach)
    {
        // What is compiled when it is first called, and the kernel's caches.
        for (int i = 0; i < 3; i++)
        {
            Attach(attach, 10);
            libbpf.Run(kind, 10);
        }

        double[] ours = new double[Rounds], theirs = new double[Rounds], ratios = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            // Each goes first in half of the rounds.
            if (round % 2 == 0) ours[round] = Attach(attach, TimesInRound);
            theirs[round] = libbpf.Run(kind, TimesInRound) / TimesInRound;
            if (round % 2 != 0) ours[round] = Attach(attach, TimesInRound);
            ratios[round] = ours[round] / theirs[round];
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        attach().Dispose();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        foreach (double[] values in new[] { ours, theirs, ratios }) Array.Sort(values);
        string middle = string.Create(CultureInfo.InvariantCulture, $"{ratios[Rounds / 4]:0.00}–{ratios[Rounds * 3 / 4]:0.00}");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-28} {ours[Rounds / 2],10:N1} {theirs[Rounds / 2],10:N1} {ratios[Rounds / 2],12:0.00} {middle,14} {allocated,10:N0}"));
    }

    /// <returns>Microseconds for one.</returns>
    private static double Attach(Func<BpfLink> attach, int times)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < times; i++) attach().Dispose();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / times;
    }
}
