using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>Represents a variable in its data section, or a kernel function in <c>.ksyms</c>.</summary>
public sealed class DataSectionEntry
{
    private readonly BtfSpec _owner;

    internal DataSectionEntry(BtfSpec owner, uint typeId, uint offset, uint size)
    {
        _owner = owner;
        TypeId = typeId;
        Offset = offset;
        Size = size;
    }

    /// <summary>Gets the <see cref="VariableType"/>, or the <see cref="FunctionType"/> for a function in <c>.ksyms</c>.</summary>
    public BtfType Type => _owner[TypeId];

    /// <summary>Gets the variable; <c>null</c> if the entry is a function.</summary>
    public VariableType? Variable => Type as VariableType;

    /// <summary>Gets the offset from the beginning of the section, in bytes.</summary>
    public uint Offset { get; }

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    internal uint TypeId { get; }

    /// <summary>Returns the declaration with offset and size: <c>int count at 4, 4 bytes</c>.</summary>
    public override string ToString() => $"{TypeText.Describe(_owner, TypeId)} at {Offset}, {Size} bytes";
}
