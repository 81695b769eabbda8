using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>A function.</summary>
public sealed class FunctionType : BtfType
{
    internal FunctionType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        PrototypeId = record.SizeOrType;
        Linkage = (FunctionLinkage)record.Length;
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Function;

    /// <summary>What it takes and returns.</summary>
    /// <exception cref="ObjectFormatException">The BTF refers to something else.</exception>
    public FunctionPrototypeType Prototype =>
        Owner[PrototypeId] as FunctionPrototypeType
        ?? throw new ObjectFormatException($"function {Id} refers to type {PrototypeId}, no prototype", BtfHeader.Section);

    /// <summary>Who can call it. A global one whose symbol is hidden counts as static, as for the kernel.</summary>
    public FunctionLinkage Linkage { get; }

    internal uint PrototypeId { get; }

    /// <summary>The texts of <c>__attribute__((btf_decl_tag("…")))</c> on one parameter.</summary>
    /// <param name="index">Which parameter, from 0.</param>
    public IReadOnlyList<string> GetParameterTags(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return GetTags(index);
    }
}
