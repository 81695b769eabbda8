namespace Ebpf;

/// <summary>
/// Names the map, program or variable that <c>LoadAndAssign</c> and <c>Assign</c> give to a property, a field or a constructor's parameter.
/// </summary>
/// <param name="name">
/// The name that it has in the spec, exactly; <c>null</c> for the one that is like the name of the property: <c>PktCount</c> for
/// <c>pkt_count</c>, <c>Bss</c> for <c>.bss</c>.
/// </param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class BpfObjectAttribute(string? name = null) : Attribute
{
    /// <summary>The name in the spec; <c>null</c> for the one that is like the name of the property.</summary>
    public string? Name { get; } = name;
}
