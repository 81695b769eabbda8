using System.Globalization;
using System.Runtime.CompilerServices;
using Ebpf.Fuzz.Engine;

namespace Ebpf.Fuzz;

internal static class Program
{
    private const string Usage = """
        Usage: Ebpf.Fuzz instrument DLL
               Ebpf.Fuzz run TARGET FOLDER HOST SECONDS [OPTION OF LIBFUZZER...]
               Ebpf.Fuzz coverage TARGET FOLDER...
               Ebpf.Fuzz repro TARGET FILE...
        """;

    private static int Main(string[] arguments)
    {
        switch (arguments)
        {
            case ["instrument", string path]:
                Console.WriteLine($"{Instrumenter.Instrument(path)} counters in {path}");
                return 0;
            case ["run", string target, string folder, string host, string seconds, .. string[] more]:
                return Run(target, folder, host, int.Parse(seconds, CultureInfo.InvariantCulture), more) ? 0 : 1;
            case ["host", string target, string current, .. string[] more]:
                Host(target, current, more);
                return 0;
            case ["coverage", string target, .. { Length: > 0 } folders]:
                Measure(target, folders);
                return 0;
            case ["repro", string target, .. { Length: > 0 } files]:
                return Reproduce(target, files) ? 0 : 1;
            default:
                Console.Error.WriteLine(Usage);
                return 2;
        }
    }

    // Not inlined: the assembly that is to be instrumented must not be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Run(string target, string folder, string host, int seconds, string[] more) =>
        new Watcher(FuzzTarget.All[target], folder, host).Run(seconds, more);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Host(string target, string current, string[] more)
    {
        using CurrentInput input = new(current);
        LibFuzzer.Run(FuzzTarget.All[target], input, more);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Measure(string target, string[] folders)
    {
        byte[] map = GC.AllocateArray<byte>(Coverage.MaxCount, pinned: true);
        Coverage.Use(map);
        foreach (string folder in folders)
        {
            string[] files = Directory.GetFiles(folder);
            foreach (string file in files) FuzzTarget.All[target].Exercise(File.ReadAllBytes(file));
            int reached = Coverage.Count - map.AsSpan(0, Coverage.Count).Count((byte)0);
            Console.WriteLine($"{target}: {reached} of {Coverage.Count} blocks after {folder} ({files.Length} inputs)");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static bool Reproduce(string target, string[] files)
    {
        bool good = true;
        foreach (string file in files)
        {
            TimeSpan before = Environment.CpuUsage.TotalTime;
            try
            {
                FuzzTarget.All[target].Exercise(File.ReadAllBytes(file));
                Console.WriteLine($"{file}: as it should be, in {(Environment.CpuUsage.TotalTime - before).TotalMilliseconds:N0} ms");
            }
            catch (ContractException error)
            {
                Console.WriteLine($"{file}: {error}");
                good = false;
            }
        }

        return good;
    }
}
