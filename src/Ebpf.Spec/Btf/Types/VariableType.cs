using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A global variable.</summary>
public sealed class VariableType : BtfType
{
    private readonly VariableLinkage _linkage;

    internal VariableType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        TypeId = record.SizeOrType;
        _linkage = (VariableLinkage)record.Word(0);
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Variable;

    /// <summary>The type of its value.</summary>
    public BtfType Type => Owner[TypeId];

    /// <summary>Who can use it. A global one whose symbol is hidden counts as static.</summary>
    public VariableLinkage Linkage => Owner.LinkageOf(Id) is { } other ? (VariableLinkage)other : _linkage;

    internal uint TypeId { get; }
}
