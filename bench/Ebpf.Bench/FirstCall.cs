using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Bench;

/// <summary>What the first reading of a process costs, most of which is compiling the code.</summary>
internal static class FirstCall
{
    private const int Processes = 5;

    /// <summary>Measures in processes of their own.</summary>
    /// <returns>The fastest, in milliseconds.</returns>
    public static double Measure(string path)
    {
        double least = double.MaxValue;
        for (int i = 0; i < Processes; i++)
        {
            ProcessStartInfo start = new(Environment.ProcessPath!, ["first", path]) { RedirectStandardOutput = true };
            using Process process = Process.Start(start)!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            least = Math.Min(least, double.Parse(text, CultureInfo.InvariantCulture));
        }

        return least;
    }

    /// <summary>Measures in this process.</summary>
    /// <returns>In milliseconds.</returns>
    public static double MeasureHere(string path)
    {
        byte[] image = File.ReadAllBytes(path);
        long before = Stopwatch.GetTimestamp();
        Reading.Load(image, 1);
        return Stopwatch.GetElapsedTime(before).TotalMilliseconds;
    }
}
