using System.Globalization;

namespace Ebpf.Bench;

/// <summary>Measures the reading of an object, ours and libbpf's in turns.</summary>
/// <param name="rival">The program that does it with libbpf.</param>
/// <param name="path">The object.</param>
internal sealed class Comparison(string rival, string path)
{
    private const int Rounds = Turns.Rounds;

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
        int times = Turns.Settle(Load);
        int timesWithCode = Turns.Settle(LoadWithCode);
        int libbpfTimes = Turns.Settle(libbpf.Run);

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

    private double Load(int times) => Turns.Microseconds(() => Reading.Load(_image, times));

    private double LoadWithCode(int times) => Turns.Microseconds(() => Reading.LoadWithCode(_image, times));
}
