using System.Globalization;

namespace Ebpf.Bench;

/// <summary>Measures what has to do with the kernel's types, ours and libbpf's in turns.</summary>
internal static class KernelComparison
{
    /// <summary>Measures, and prints a table.</summary>
    /// <param name="rival">The program that does it with libbpf.</param>
    /// <param name="paths">The objects to relocate.</param>
    public static void Run(string rival, string[] paths)
    {
        using (Rival libbpf = new(rival, "find"))
        {
            Console.WriteLine($"The kernel's types: ours and those of {libbpf.Name}, in turns; medians of processor time");
            Console.WriteLine(
                $"{"work",-44} {"ours µs",10} {"libbpf µs",10} {"ours/libbpf",12} {"(middle half)",14} {"allocated",12}");
            Print("open, find struct task_struct", KernelWork.Find, libbpf);
        }

        using (Rival libbpf = new(rival, "print")) Print("open, print all as C", KernelWork.Print, libbpf);
        foreach (string path in paths)
        {
            byte[] image = File.ReadAllBytes(path);
            string name = Path.GetFileNameWithoutExtension(path);
            using Rival libbpf = new(rival, "relocate", path);
            Print($"read and relocate {name}, first in a process", () => KernelWork.RelocateFirst(image), libbpf);
            Print($"read and relocate {name}, types shared", () => KernelWork.Relocate(image), libbpf);
        }
    }

    private static void Print(string what, Action work, Rival libbpf)
    {
        (double ours, double theirs, double ratio, double low, double high) = Turns.Compare(work, libbpf);
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{what,-44} {ours,10:N1} {theirs,10:N1} {ratio,12:0.00} {$"{low:0.00}–{high:0.00}",14} {allocated,12:N0}"));
    }
}
