using Ebpf.Btf;

namespace Ebpf;

/// <summary>A table of functions that the kernel calls (<c>.struct_ops</c>), of which a map is made.</summary>
public sealed class StructOpsSpec
{
    internal StructOpsSpec(StructType type) => Type = type;

    /// <summary>The struct as the object declares it; the kernel's own is found by its name, and by the names of members.</summary>
    public StructType Type { get; }

    /// <summary>
    /// The programs that the kernel calls, by member (<c>init</c>; <c>nested.init</c> for one of a struct in the struct).
    /// </summary>
    public IDictionary<string, string> Functions { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal);

    internal StructOpsSpec Clone()
    {
        StructOpsSpec copy = new(Type);
        foreach ((string member, string program) in Functions) copy.Functions.Add(member, program);
        return copy;
    }
}
