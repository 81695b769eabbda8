namespace Ebpf;

/// <summary>
/// Names the map, program or variable that <c>LoadAndAssign</c> and <c>Assign</c> assign to a property, a field or a
/// constructor's parameter.
/// </summary>
/// <param name="name">
/// The name in the spec. Case matters. <c>null</c> for the name that matches the name of the property: <c>PktCount</c> matches
/// <c>pkt_count</c>, <c>Bss</c> matches <c>.bss</c>.
/// </param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class BpfObjectAttribute(string? name = null) : Attribute
{
    /// <summary>Gets the name in the spec; <c>null</c> for the name that matches the name of the property.</summary>
    public string? Name { get; } = name;
}
