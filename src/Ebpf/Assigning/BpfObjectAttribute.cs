using System.Diagnostics.CodeAnalysis;
using Ebpf.Assigning;

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

/// <summary>
/// Marks a property, a field or a constructor's parameter whose class or struct groups further properties for maps, programs and
/// variables, which are assigned too. If the property is <c>null</c>, an object is created.
/// </summary>
/// <param name="type">
/// The type of the property, repeated: <c>[BpfGroup(typeof(Maps))] public Maps Maps { get; set; }</c>. It keeps the members of
/// the type when code is trimmed or compiled ahead of time.
/// </param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class BpfGroupAttribute([DynamicallyAccessedMembers(BpfGroupAttribute.Kept)] Type type) : Attribute
{
    internal const DynamicallyAccessedMemberTypes Kept = AssignmentPlan.Made;

    /// <summary>Gets the type of the property.</summary>
    [DynamicallyAccessedMembers(Kept)]
    public Type Type { get; } = type;
}
