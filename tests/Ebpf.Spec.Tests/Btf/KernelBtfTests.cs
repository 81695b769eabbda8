using System.Collections.Immutable;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>The types of a real kernel: those of this machine, if it has any.</summary>
public sealed class KernelBtfTests
{
    private const string Path = "/sys/kernel/btf/vmlinux";

    private static BtfSpec Kernel()
    {
        Assert.SkipUnless(File.Exists(Path), $"This machine has no {Path}.");
        return BtfSpec.Load(Path);
    }

    [Fact]
    public void Deduplicate_Scratch()
    {
        BtfSpec kernel = Kernel();
        for (int i = 0; i < 3; i++)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            BtfSpec one = kernel.Deduplicate(out ImmutableArray<uint> ids);
            TestContext.Current.SendDiagnosticMessage("{0} -> {1} in {2}", kernel.Count, one.Count, watch.ElapsedMilliseconds);
            Console.WriteLine($"{kernel.Count} -> {one.Count} in {watch.ElapsedMilliseconds}");
            if (i == 0)
                for (uint id = 1, n = 0; id < ids.Length && n < 30; id++)
                {
                    uint first = (uint)ids.IndexOf(ids[(int)id]);
                    if (first != id) { n++; Console.WriteLine($"{id} {kernel[id].Kind} {kernel[id]} = {first} {kernel[first]}"); }
                }
        }
        BtfBuilder twice = BtfBuilder.From(kernel);
        BtfSpec copy = BtfSpec.Parse(kernel.ToArray());
        var w = System.Diagnostics.Stopwatch.StartNew();
        foreach (BtfType type in copy.All) twice.Add(type);
        Console.WriteLine($"copied in {w.ElapsedMilliseconds}");
        BtfSpec both = twice.Build();
        for (int i = 0; i < 3; i++)
        {
            w.Restart();
            BtfSpec dedup = both.Deduplicate();
            Console.WriteLine($"{both.Count} -> {dedup.Count} in {w.ElapsedMilliseconds}");
        }
    }
}
