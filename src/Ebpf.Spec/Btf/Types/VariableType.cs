using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a global variable.</summary>
public sealed class VariableType : BtfType
{
    internal VariableType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        TypeId = record.SizeOrType;
        Linkage = (VariableLinkage)record.Word(0);
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Variable;

    /// <summary>Gets the type of the value.</summary>
    public BtfType Type => Owner[TypeId];

    /// <summary>Gets the linkage. A global variable whose symbol is hidden counts as static.</summary>
    public VariableLinkage Linkage { get; }

    internal uint TypeId { get; }
}
