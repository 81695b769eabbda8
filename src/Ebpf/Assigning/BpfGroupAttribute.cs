using System.Diagnostics.CodeAnalysis;
using Ebpf.Assigning;

namespace Ebpf;

/// <summary>
/// Marks a property, a field or a constructor's parameter whose class or struct groups other properties for maps, programs and variables:
/// these are assigned too. If the property is null, an object is made.
/// </summary>
/// <param name="type">
/// The type of the property, repeated: <c>[BpfGroup(typeof(Maps))] public Maps Maps { get; set; }</c>. This is what keeps its
/// members when code is trimmed or compiled ahead of time.
/// </param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field | AttributeTargets.Parameter)]
public sealed class BpfGroupAttribute([DynamicallyAccessedMembers(BpfGroupAttribute.Kept)] Type type) : Attribute
{
    internal const DynamicallyAccessedMemberTypes Kept = AssignmentPlan.Made;

    /// <summary>The type of the property.</summary>
    [DynamicallyAccessedMembers(Kept)]
    public Type Type { get; } = type;
}
