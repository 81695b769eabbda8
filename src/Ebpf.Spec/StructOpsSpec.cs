using Ebpf.Btf;

namespace Ebpf;

/// <summary>Describes what a struct_ops map holds: a struct of the kernel whose function pointers lead to programs.</summary>
/// <remarks>
/// Members that are no function pointers are in <see cref="MapSpec.InitialValue"/>, laid out as <see cref="Type"/>, and can be
/// changed there. Not safe for use by several threads at once.
/// </remarks>
public sealed class StructOpsSpec
{
    private readonly HashSet<string> _declared = new(StringComparer.Ordinal);

    /// <summary>Describes a struct whose function pointers are all null.</summary>
    /// <param name="type">The struct as the programs know it. It has a name.</param>
    /// <exception cref="ArgumentException">The struct has no name, by which the kernel's would be found.</exception>
    public StructOpsSpec(StructType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (type.Name.Length == 0)
            throw new ArgumentException("The struct of a struct_ops map needs a name: the kernel's is found by it.", nameof(type));
        Type = type;
    }

    /// <summary>
    /// Gets the struct as the object declares it; the kernel's own is found by its name, and its members by theirs.
    /// </summary>
    public StructType Type { get; }

    /// <summary>
    /// Gets the programs that the kernel calls, by member (<c>init</c>; <c>nested.init</c> for one of a struct in the struct).
    /// They can be replaced, and taken away: a member that is not here, or is <c>null</c>, has no function. A program that no
    /// struct_ops map has any more is not loaded.
    /// </summary>
    public IDictionary<string, string?> Functions { get; } = new SortedDictionary<string, string?>(StringComparer.Ordinal);

    /// <summary>Notes what the object says of a member.</summary>
    internal void Declare(string member, string program)
    {
        Functions[member] = program;
        _declared.Add(program);
    }

    /// <summary>Whether the object has a program in this map; the user may have taken it away.</summary>
    internal bool Declares(string program) => _declared.Contains(program);

    /// <summary>Gives a program its new name.</summary>
    internal void Rename(string program, string newName)
    {
        foreach ((string member, string? function) in Functions.ToArray())
        {
            if (function == program) Functions[member] = newName;
        }

        if (_declared.Remove(program)) _declared.Add(newName);
    }

    internal StructOpsSpec Clone()
    {
        StructOpsSpec copy = new(Type);
        foreach ((string member, string? program) in Functions) copy.Functions.Add(member, program);
        copy._declared.UnionWith(_declared);
        return copy;
    }
}
