namespace Ebpf.Btf;

/// <summary>Represents <c>void</c>, which has the id 0 in every BTF.</summary>
public sealed class VoidType : BtfType
{
    private VoidType()
    {
    }

    /// <summary>Gets the only instance.</summary>
    public static VoidType Instance { get; } = new();

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Void;
}
