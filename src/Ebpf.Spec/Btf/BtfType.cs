namespace Ebpf.Btf;

/// <summary>A type that BTF describes.</summary>
public abstract class BtfType
{
    /// <summary>The number of the type in its BTF; 0 for <c>void</c> and for a type that belongs to none.</summary>
    public uint Id { get; internal set; }
}
