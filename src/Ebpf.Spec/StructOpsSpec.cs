using Ebpf.Btf;

namespace Ebpf;

/// <summary>A table of functions that the kernel calls (<c>.struct_ops</c>), of which a map is made.</summary>
/// <remarks>
/// What the struct holds besides functions is in <see cref="MapSpec.InitialValue"/>, laid out as <see cref="Type"/>, and can be
/// changed there.
/// </remarks>
public sealed class StructOpsSpec
{
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

    internal StructOpsSpec(StructType type) => Type = type;

    /// <summary>The struct as the object declares it; the kernel's own is found by its name, and by the names of members.</summary>
    public StructType Type { get; }

    /// <summary>
    /// The programs that the kernel calls, by member (<c>init</c>; <c>nested.init</c> for one of a struct in the struct).
    /// They can be replaced, and taken away: a member that is not here, or is <c>null</c>, has no function. A program that no
    /// table has any more is not loaded.
    /// </summary>
    public IDictionary<string, string?> Functions { get; } = new SortedDictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Notes what the object says of a member.</summary>
    internal void Declare(string member, string program)
    {
        Functions[member] = program;
        _declared.Add(program);
    }

    /// <summary>Whether the object has a program in this table; the user may have taken it away.</summary>
    internal bool Declares(string program) => _declared.Contains(program);

    internal StructOpsSpec Clone()
    {
        StructOpsSpec copy = new(Type);
        foreach ((string member, string? program) in Functions) copy.Functions.Add(member, program);
        copy._declared.UnionWith(_declared);
        return copy;
    }
}
