using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>The structures of the running kernel, as C#, have the kernel's own layouts: all of them.</summary>
public sealed class KernelCSharpTests
{
    private const string KernelTypes = "/sys/kernel/btf/vmlinux";

    [Fact]
    public void Write_TheRunningKernel_CompilesToTheSameLayouts()
    {
        Assert.SkipUnless(File.Exists(KernelTypes), "This machine has no kernel BTF.");
        BtfSpec kernel = BtfSpec.Parse(File.ReadAllBytes(KernelTypes));
        CSharpWriter writer = new(kernel, new CSharpWriterOptions { Namespace = "Kernel" });
        List<(CompositeType Type, string Name)> added = [];
        foreach (BtfType type in kernel.All)
        {
            if (type is CompositeType { Name.Length: > 0 } composite) added.Add((composite, writer.Add(composite)));
            else if (type is EnumType { Name.Length: > 0, Values.Length: > 0 }) writer.Add(type);
        }

        using StringWriter text = new();
        writer.Write(text);
        using CompiledTypes compiled = CompiledTypes.Of(text.ToString(), Microsoft.CodeAnalysis.DocumentationMode.None);

        CSharpLayout layout = new();
        foreach ((CompositeType type, string name) in added)
        {
            Type made = compiled["Kernel." + name.TrimStart('@')];
            if (type.Size > 0) layout.Compare(type, made);
        }

        Assert.Empty(layout.Differences.Take(20));
        Assert.InRange(added.Count, 5_000, 1_000_000);
        Assert.InRange(layout.Fields, 40_000, 10_000_000);
        Assert.InRange(layout.BitFields, 2_000, 10_000_000);
    }
}
