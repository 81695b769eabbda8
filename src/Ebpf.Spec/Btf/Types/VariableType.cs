using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A global variable.</summary>
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

    /// <summary>The type of its value.</summary>
    public BtfType Type => Owner[TypeId];

    /// <summary>Who can use it. A global one whose symbol is hidden counts as static.</summary>
    public VariableLinkage Linkage { get; }

    internal uint TypeId { get; }
}
