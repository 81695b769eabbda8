using System.Globalization;
using BenchmarkDotNet.Running;
using Ebpf.Bench;

switch (args)
{
    case ["compare", string rival, .. { Length: > 0 } paths]:
        using (Rival libbpf = new(rival, paths[0]))
            Console.WriteLine($"CollectionSpec.Load, and bpf_object__open_mem of {libbpf.Name}, in turns; medians");
        Console.WriteLine(Comparison.Head);
        foreach (string path in paths) Console.WriteLine(new Comparison(rival, path).Run());
        break;
    case ["maps", string rival]:
        foreach (string line in new MapComparison(rival).Run()) Console.WriteLine(line);
        break;
    case ["kernel", string rival, .. { Length: > 0 } paths]:
        KernelComparison.Run(rival, paths);
        break;
    case ["load", string rival, string path]:
        new LoadComparison(rival, path).Run();
        break;
    case ["links", string rival, string path, string library, string function]:
        new LinkComparison(rival, path, library, function).Run();
        break;
    case ["first", string path]:
        Console.WriteLine(FirstCall.MeasureHere(path).ToString(CultureInfo.InvariantCulture));
        break;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(ReadBenchmarks).Assembly).Run(args);
        break;
}
