using Ebpf.Btf;
using Ebpf.Btf.Reading;

namespace Ebpf;

/// <summary>Describes something that the programs use and the kernel defines: a setting, a symbol or a function.</summary>
/// <remarks>
/// A hand-made collection declares here what its instructions refer to by <see cref="Asm.Instruction.CallKfunc(string)"/>,
/// <see cref="Asm.Instruction.LoadKsym"/> and <see cref="Asm.Instruction.LoadKconfig"/>. Never changes.
/// </remarks>
public sealed class ExternSpec
{
    /// <summary>
    /// The kfunc that newer clangs call where they find that C is undefined; it is nothing to miss where it is never reached.
    /// </summary>
    internal const string Trap = "__bpf_trap";

    /// <summary>Describes an extern.</summary>
    /// <param name="name">The name by which instructions refer to it.</param>
    /// <param name="kind">The kind of extern.</param>
    /// <param name="type">
    /// A <see cref="FunctionType"/> for a kernel function; else the type of the variable, <see cref="VoidType"/> for a symbol
    /// without a type.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The name is empty, or the type is a function's where a variable's is needed or the reverse.
    /// </exception>
    public ExternSpec(string name, ExternKind kind, BtfType type)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(type);
        if (!Enum.IsDefined(kind)) throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind of extern.");
        if (type is FunctionType != (kind == ExternKind.Function))
            throw new ArgumentException($"The extern \"{name}\" of kind {kind} cannot have the type {type}.", nameof(type));
        Name = name;
        Kind = kind;
        Type = type;
    }

    /// <summary>An extern as an object declares it, whatever it says.</summary>
    internal ExternSpec(string name, ExternKind kind, bool isWeak, BtfType type, uint offset)
    {
        Name = name;
        Kind = kind;
        Type = type;
        IsWeak = isWeak;
        Offset = offset;
    }

    /// <summary>Gets the name in the source.</summary>
    public string Name { get; }

    /// <summary>
    /// Gets the name in the kernel: of a function what stands before the last <c>___</c>, so that a source can have several
    /// declarations of one function; of others the whole name, as with libbpf.
    /// </summary>
    public string KernelName => Kind == ExternKind.Function ? NameIndex.WithoutFlavour(Name) : Name;

    /// <summary>Gets the kind of extern.</summary>
    public ExternKind Kind { get; }

    /// <summary>Gets whether the programs can do without it: its address, or its value, is then 0.</summary>
    public bool IsWeak { get; init; }

    /// <summary>Gets the type: a <see cref="FunctionType"/> for a kernel function, otherwise the type of the variable.</summary>
    public BtfType Type { get; }

    /// <summary>Gets where a setting stands in the map <c>.kconfig</c>, in bytes; 0 for other kinds.</summary>
    public uint Offset { get; init; }

    /// <summary>Returns the kind and the name.</summary>
    public override string ToString() => $"{(IsWeak ? "weak " : "")}{Kind} {Name}";
}

/// <summary>Specifies the kind of an extern.</summary>
public enum ExternKind
{
    /// <summary>A setting with which the kernel was built, or one of libbpf's own: <c>__kconfig</c>.</summary>
    Kconfig,

    /// <summary>A variable whose type the object knows, found in the kernel's BTF: <c>__ksym</c>.</summary>
    Variable,

    /// <summary>A symbol without a type (<c>extern const void x __ksym</c>), found in <c>/proc/kallsyms</c>.</summary>
    Symbol,

    /// <summary>A function that programs may call, found in the kernel's BTF: <c>__ksym</c>.</summary>
    Function,
}
