using System.Diagnostics;
using Ebpf;
using Ebpf.Btf;

// The type's id, how long it took in microseconds of real time, and by how many KiB the process' own memory grew.
long before = OwnMemory();
long start = Stopwatch.GetTimestamp();
uint id = KernelBtf.GetTypes().Get<StructType>("task_struct").Id.Value;
long end = Stopwatch.GetTimestamp();
Console.WriteLine($"{id} {Stopwatch.GetElapsedTime(start, end).TotalMicroseconds:0} {OwnMemory() - before}");

static long OwnMemory()
{
    const string field = "RssAnon:";
    foreach (string line in File.ReadLines("/proc/self/status"))
    {
        if (line.StartsWith(field, StringComparison.Ordinal)) return long.Parse(line.AsSpan(field.Length, line.Length - field.Length - 2));
    }

    return 0;
}
