using Ebpf.Btf;
using Ebpf.Btf.Reading;

namespace Ebpf;

/// <summary>Something that the object uses and the kernel defines.</summary>
public sealed class ExternSpec
{
    /// <summary>
    /// The kfunc that newer clangs call where they find that C is undefined; it is nothing to miss where it is never reached.
    /// </summary>
    internal const string Trap = "__bpf_trap";

    internal ExternSpec(string name, ExternKind kind, bool isWeak, BtfType type, uint offset)
    {
        Name = name;
        Kind = kind;
        IsWeak = isWeak;
        Type = type;
        Offset = offset;
    }

    /// <summary>The name in the source.</summary>
    public string Name { get; }

    /// <summary>
    /// The name in the kernel: of a function what stands before the last <c>___</c>, so that a source can have several
    /// declarations of one function; of others the whole name, as with libbpf.
    /// </summary>
    public string KernelName => Kind == ExternKind.Function ? NameIndex.WithoutFlavour(Name) : Name;

    /// <summary>The kind of symbol.</summary>
    public ExternKind Kind { get; }

    /// <summary>Whether the object does without it: its address, or its value, is then 0.</summary>
    public bool IsWeak { get; }

    /// <summary>A <see cref="FunctionType"/> for a kernel function, else the type of the variable.</summary>
    public BtfType Type { get; }

    /// <summary>Where a setting stands in the map <c>.kconfig</c>, in bytes; 0 for other kinds.</summary>
    public uint Offset { get; }

    /// <summary>The kind and the name.</summary>
    public override string ToString() => $"{(IsWeak ? "weak " : "")}{Kind} {Name}";
}
