using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>A variable in its section, or a function of the kernel in <c>.ksyms</c>.</summary>
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

    /// <summary>A <see cref="VariableType"/>, or a <see cref="FunctionType"/> in <c>.ksyms</c>.</summary>
    public BtfType Type => _owner[TypeId];

    /// <summary>The variable; <c>null</c> if it is a function.</summary>
    public VariableType? Variable => Type as VariableType;

    /// <summary>Where it begins, in bytes from the beginning of the section.</summary>
    public uint Offset { get; }

    /// <summary>How many bytes it takes.</summary>
    public uint Size { get; }

    internal uint TypeId { get; }

    /// <summary>What it is and where.</summary>
    public override string ToString() => $"{TypeText.Describe(_owner, TypeId)} at {Offset}, {Size} bytes";
}
