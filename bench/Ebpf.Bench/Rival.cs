using System.Diagnostics;
using System.Globalization;

namespace Ebpf.Bench;

/// <summary>
/// Another library that does the same work, in a process of its own (<c>bench/libbpf/*.c</c>, compiled by <c>eng/bench.sh</c>):
/// it says what it is, then reads what it shall do (if it can do several things) and how many times, and answers with the
/// nanoseconds of processor time.
/// </summary>
internal sealed class Rival : IDisposable
{
    private readonly Process _process;

    /// <param name="program">The program.</param>
    /// <param name="arguments">What to work on: the object, or the ids of maps.</param>
    public Rival(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        _process = Process.Start(start)!;
        Name = Answer();
    }

    /// <summary>What it is, and which version.</summary>
    public string Name { get; }

    /// <summary>Does the work.</summary>
    /// <param name="times">How many times.</param>
    /// <returns>The processor time, in microseconds, of all of them.</returns>
    public double Run(int times) => Run("", times);

    /// <summary>Does one of several things.</summary>
    /// <param name="work">Which.</param>
    /// <param name="times">How many times.</param>
    /// <returns>The processor time, in microseconds, of all of them.</returns>
    public double Run(string work, int times)
    {
        _process.StandardInput.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work} {times}"));
        return long.Parse(Answer(), CultureInfo.InvariantCulture) / 1000.0;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    private string Answer() =>
        _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{_process.StartInfo.FileName} gave up.");
}
