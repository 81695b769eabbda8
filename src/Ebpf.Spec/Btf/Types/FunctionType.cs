using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Represents a function.</summary>
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

    /// <summary>Gets the parameters and the return type.</summary>
    /// <exception cref="ObjectFormatException">The BTF refers to a type that is no prototype.</exception>
    public FunctionPrototypeType Prototype =>
        Owner[PrototypeId] as FunctionPrototypeType
        ?? throw new ObjectFormatException($"function {Id} refers to type {PrototypeId}, no prototype", BtfHeader.Section);

    /// <summary>
    /// Gets the linkage. A global function whose symbol is hidden counts as static, as it does for the verifier.
    /// </summary>
    public FunctionLinkage Linkage { get; }

    internal uint PrototypeId { get; }

    /// <summary>Returns the texts of <c>__attribute__((btf_decl_tag("…")))</c> on one parameter.</summary>
    /// <param name="index">The zero-based index of the parameter.</param>
    public IReadOnlyList<string> GetParameterTags(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return GetTags(index);
    }
}
