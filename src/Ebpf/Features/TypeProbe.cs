using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Finds out from the kernel's own BTF what it was built with.</summary>
internal sealed class TypeProbe(LinuxKernel kernel)
{
    private const string KfuncTag = "bpf_kfunc";

    /// <summary>Whether an enumeration of the kernel's has a value: what its source did not know, it does not have.</summary>
    public Finding FindEnumerator(string enumeration, uint value)
    {
        if (KernelTypes.Of(kernel).Read() is not { } types) return Finding.Unknown("this kernel has no BTF");
        if (!types.TryGetFirst(enumeration, out EnumType? type)) return Finding.Unknown($"the kernel's BTF has no enum {enumeration}");
        foreach (EnumValue known in type.Values)
        {
            if (known.UnsignedValue == value && !IsCount(known.Name)) return Finding.Supported;
        }

        return Finding.Missing;
    }

    /// <summary>Whether the kernel or a module has a function that programs may call.</summary>
    public Finding FindKfunc(string name)
    {
        KernelTypes known = KernelTypes.Of(kernel);
        if (known.Read() is not { } own) return Finding.Unknown("this kernel has no BTF");
        if (FindKfunc(own, name) is { } finding) return finding;
        foreach ((_, BtfSpec types) in known.ReadModules())
        {
            if (FindKfunc(types, name) is { } inModule) return inModule;
        }

        return Finding.Missing;
    }

    /// <summary>The last one is no value but how many there are: <c>__MAX_BPF_ATTACH_TYPE</c>.</summary>
    private static bool IsCount(string name) => name.TrimStart('_').StartsWith("MAX_", StringComparison.Ordinal);

    private static Finding? FindKfunc(BtfSpec types, string name)
    {
        FunctionType? function = null;
        foreach (BtfType type in types.Named(name))
        {
            function = type as FunctionType ?? function;
            if (function is not null && function.Tags.Contains(KfuncTag)) return Finding.Supported;
        }

        if (function is null) return null;

        // pahole writes the marks since 1.26, for kernels since 6.10: one that has any has them all.
        foreach (BtfType tag in types.Named(KfuncTag))
        {
            if (tag is DeclTagType) return new Finding(FeatureSupport.Missing, "the function exists, but programs may not call it");
        }

        return Finding.Unknown("the function exists; this kernel does not say which ones programs may call");
    }
}
