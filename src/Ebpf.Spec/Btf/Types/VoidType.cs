namespace Ebpf.Btf;

/// <summary><c>void</c>: the type 0 of every BTF.</summary>
public sealed class VoidType : BtfType
{
    private VoidType()
    {
    }

    /// <summary>The only one.</summary>
    public static VoidType Instance { get; } = new();

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.Void;
}
