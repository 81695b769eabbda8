using BenchmarkDotNet.Attributes;

namespace Ebpf.Bench;

/// <summary>Reading by BenchmarkDotNet: more figures, without libbpf.</summary>
[MemoryDiagnoser]
public class ReadBenchmarks
{
    private byte[] _image = [];

    /// <summary>The objects, from the variable that <c>eng/bench.sh</c> sets.</summary>
    public static IEnumerable<string> Objects => (Environment.GetEnvironmentVariable("BENCH_OBJECTS") ?? "").Split(':');

    [ParamsSource(nameof(Objects))]
    public string Object { get; set; } = "";

    [GlobalSetup]
    public void Read() => _image = File.ReadAllBytes(Object);

    [Benchmark]
    public void Load() => Reading.Load(_image, 1);

    [Benchmark]
    public void LoadWithCode() => Reading.LoadWithCode(_image, 1);
}
