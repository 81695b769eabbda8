using Ebpf.Btf;

namespace Ebpf;

/// <summary>The types that one BTF describes.</summary>
public sealed class BtfSpec
{
    /// <summary>How many types there are, <c>void</c> included.</summary>
    public int Count { get; }
}
