using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Verifier;

namespace Ebpf.Loading.Externs;

/// <summary>Something of the kernel that programs of a collection refer to, and what was found of it.</summary>
/// <param name="name">The name in the source.</param>
/// <param name="kind">What it is.</param>
/// <param name="declared">How the object declares it; <c>null</c> for programs that come from none.</param>
internal sealed class WantedExtern(string name, ExternKind kind, ExternSpec? declared)
{
    /// <summary>What it is.</summary>
    public ExternKind Kind => kind;

    /// <summary>The name in the kernel.</summary>
    public string KernelName { get; } = declared?.KernelName ?? name;

    /// <summary>Whether the programs can do without it.</summary>
    public bool IsWeak => name == ExternSpec.Trap || declared is { IsWeak: true };

    /// <summary>The names of the programs that refer to it, for messages.</summary>
    public List<string> Programs { get; } = [];

    /// <summary>The number of its poisoned call, by which libbpf and this library tell them from others.</summary>
    public required int PoisonNumber { get; init; }

    /// <summary>The address of a symbol; 0 if it has none.</summary>
    public ulong Address { get; set; }

    /// <summary>The BTF id of a function or variable; 0 if the kernel has none.</summary>
    public uint TypeId { get; set; }

    /// <summary>The module to which <see cref="TypeId"/> belongs; <c>null</c> for the kernel.</summary>
    public BpfHandle? Module { get; set; }

    /// <summary>What the kernel has of this name, if that cannot stand for what is declared.</summary>
    public BtfType? Other { get; set; }

    /// <summary>What the kernel has not, or has otherwise than it is declared: <c>kfunc bpf_foo: this kernel has none</c>.</summary>
    public string? Problem { get; set; }

    /// <summary>Notes that the kernel does not have it.</summary>
    /// <param name="reason">Why.</param>
    public void SetMissing(string reason) =>
        Problem = name == ExternSpec.Trap ? PoisonedInstructions.Trap : $"{this}: {reason}";

    /// <summary>What it is called in messages: <c>kfunc bpf_task_acquire</c>.</summary>
    public override string ToString() => kind switch
    {
        ExternKind.Function => $"kfunc {name}",
        ExternKind.Variable => $"variable {name}",
        _ => $"symbol {name}",
    };

    /// <summary>
    /// Whether what the kernel has can stand for what is declared. For libbpf a struct that the program only declares is another type
    /// than any of the kernel's; here it stands for the one of its name.
    /// </summary>
    public bool IsCompatible(BtfType found) => (declared?.Type, found) switch
    {
        (null, _) => true,
        ({ } own, VariableType other) when own.Resolve() is ForwardType forward => forward.EssentialName == other.Type.Resolve().EssentialName,
        (FunctionType own, FunctionType other) => TypeCompatibility.OfTypes(own.Prototype, other.Prototype, acceptForward: true),
        (var own, VariableType other) => TypeCompatibility.OfTypes(own.Resolve(), other.Type.Resolve(), acceptForward: true),
        _ => false,
    };

    /// <summary>How the object and the kernel declare it, in C.</summary>
    public string Compare(BtfType other)
    {
        string own = declared!.Type is FunctionType function ? function.ToString() : $"{declared.Type} {name}";
        return $"declared as \"{own}\", but this kernel has \"{other}\"";
    }
}
