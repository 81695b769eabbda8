using System.Globalization;

namespace Ebpf.Bench;

/// <summary>Measures operations on maps by ours and by libbpf, in turns, on the same maps.</summary>
/// <param name="rival">The program that does it with libbpf.</param>
internal sealed class MapComparison(string rival)
{
    private const int Rounds = 41, Elements = 100_000;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(40);

    /// <summary>Measures.</summary>
    /// <returns>The table, line by line.</returns>
    public IEnumerable<string> Run()
    {
        using MapWork ours = new();
        using Rival libbpf = new(rival, [.. ours.Ids, "threads"]), single = new(rival, ours.Ids);
        yield return $"Maps: the same loops by this library and in C with {libbpf.Name}, on the same maps, in turns; medians of {Rounds} rounds.";
        yield return "The C program has a second thread, as every .NET process has some (the kernel is faster for a process with one); "
            + "last, ours/C without it.";
        yield return $"{"",-34} {"ours ns",9} {"C ns",9} {"ours/C",8} {"(middle half)",14} {"allocated",10} {"one thread",11}";
        yield return Line("look up in a hash", ours.LookUpInHash, "lookup-hash");
        yield return Line("look up in an array", ours.LookUpInArray, "lookup-array");
        yield return Line("update in a hash", ours.UpdateInHash, "update-hash");
        yield return Line("update in an array", ours.UpdateInArray, "update-array");
        yield return Line("delete from a hash, and add", ours.DeleteAndAdd, "delete-and-add");
        yield return "Each of 100,000 elements:";
        yield return Line("foreach; C: key by key", ours.Walk, "walk-by-key", Elements);
        yield return Line("foreach; C: in batches", ours.Walk, "walk-by-batch", Elements);
        yield return Line("write one by one; C: likewise", ours.FillByKey, "fill-by-key", Elements);
        yield return Line("write in a batch; C: one by one", ours.FillByBatch, "fill-by-key", Elements);
        yield return Line("write in a batch; C: in a batch", ours.FillByBatch, "fill-by-batch", Elements);

        string Line(string what, Action<int> work, string rivalWork, int elements = 1) =>
            new Contest(
                times => Turns.Microseconds(() => work(times)),
                times => libbpf.Run(rivalWork, times),
                times => single.Run(rivalWork, times)).Run(what, elements);
    }

    /// <summary>One operation, done by three in turns; each goes first in a third of the rounds.</summary>
    private sealed class Contest(params Func<int, double>[] racers)
    {
        public string Run(string what, int elements)
        {
            int[] times = [.. racers.Select((run, i) => Turns.Settle(run, RoundTime, compiled: i > 0))];
            double[][] nanoseconds = [.. racers.Select(_ => new double[Rounds])];
            double[] ratios = new double[Rounds], singleRatios = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                for (int turn = 0; turn < racers.Length; turn++)
                {
                    int i = (round + turn) % racers.Length;
                    nanoseconds[i][round] = racers[i](times[i]) * 1000 / times[i] / elements;
                }

                ratios[round] = nanoseconds[0][round] / nanoseconds[1][round];
                singleRatios[round] = nanoseconds[0][round] / nanoseconds[2][round];
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            racers[0](times[0]);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            foreach (double[] values in (double[][])[.. nanoseconds, ratios, singleRatios]) Array.Sort(values);
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-34} {nanoseconds[0][Rounds / 2],9:N1} {nanoseconds[1][Rounds / 2],9:N1} {ratios[Rounds / 2],8:0.000}"
                + $" {$"{ratios[Rounds / 4]:0.000}–{ratios[Rounds * 3 / 4]:0.000}",14} {allocated / times[0],10:N0}"
                + $" {singleRatios[Rounds / 2],11:0.000}");
        }
    }
}
