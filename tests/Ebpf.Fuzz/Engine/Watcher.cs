using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Ebpf.Fuzz.Engine;

/// <summary>Runs the fuzzer in a process of its own, sees when it dies or hangs, and keeps the input that did it.</summary>
/// <param name="target">What is tested.</param>
/// <param name="folder">Where seeds, corpus and failures are.</param>
/// <param name="host">This program, with the instrumented library.</param>
internal sealed class Watcher(FuzzTarget target, string folder, string host)
{
    /// <summary>An input takes milliseconds; other processes may want the machine meanwhile.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private string Seeds => Path.Combine(folder, "seeds");

    private string Corpus => Path.Combine(folder, "corpus");

    /// <summary>Fuzzes for a time.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="more">More arguments for libFuzzer.</param>
    /// <returns>Whether no input failed.</returns>
    public bool Run(int seconds, IReadOnlyList<string> more)
    {
        Directory.CreateDirectory(Corpus);
        Directory.CreateDirectory(Seeds);
        foreach ((string name, byte[] input) in target.Seeds())
            File.WriteAllBytes(Path.Combine(Seeds, name), input);

        string currentPath = Path.Combine(folder, "current");
        using CurrentInput current = new(currentPath);
        current.Clear();
        string[] arguments = ["host", target.Name, currentPath, Corpus, Seeds, $"-max_total_time={seconds}", .. more];
        ProcessStartInfo start = new(host, arguments);
        using Process fuzzer = Process.Start(start)!;
        string? death = Watch(fuzzer, current);
        Console.WriteLine($"{target.Name}: {current.Number:N0} inputs");
        if (death is null) return true;

        string failures = Path.Combine(folder, "failures");
        Directory.CreateDirectory(failures);
        byte[] culprit = current.Bytes.ToArray();
        string file = Path.Combine(failures, Convert.ToHexStringLower(SHA256.HashData(culprit))[..12]);
        File.WriteAllBytes(file, culprit);
        Console.WriteLine($"{target.Name}: {death}; the input is kept: ./build.sh fuzz {target.Name} repro {file}");
        return false;
    }

    private static string? Watch(Process fuzzer, CurrentInput current)
    {
        long number = current.Number;
        Stopwatch since = Stopwatch.StartNew();
        while (!fuzzer.WaitForExit(TimeSpan.FromSeconds(1)))
        {
            if (current.Number != number) (number, since) = (current.Number, Stopwatch.StartNew());
            else if (since.Elapsed > Patience)
            {
                fuzzer.Kill();
                fuzzer.WaitForExit();
                return $"no end after {Patience.TotalSeconds} s";
            }
        }

        return fuzzer.ExitCode switch
        {
            0 => null,
            LibFuzzer.Failed => "an input broke the contract",
            int status => string.Create(CultureInfo.InvariantCulture, $"the process died (exit code {status})"),
        };
    }
}
