using System.Diagnostics.CodeAnalysis;
using Ebpf.Assigning;

namespace Ebpf;

/// <content>Assigning to the properties of an object.</content>
public sealed partial class BpfCollection
{
    /// <summary>
    /// Moves the maps and programs that a class names from the collection into an object of that class, which owns them from then
    /// on, and assigns the variables, which can be used for as long as their maps are open. Everything else stays in the
    /// collection. After an error, the collection and the object are unchanged. Not to be called while other threads use the
    /// collection.
    /// </summary>
    /// <typeparam name="T">The class; see the remarks on <see cref="CollectionSpecExtensions"/>.</typeparam>
    /// <param name="target">The object whose properties are assigned.</param>
    /// <exception cref="BpfException">
    /// The class names something that the collection does not have or has given away, or a view does not fit; the message names
    /// the property.
    /// </exception>
    public void Assign<[DynamicallyAccessedMembers(AssignmentPlan.Members)] T>(T target)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(target);
        AssignmentPlan plan = AssignmentPlan.For(target, typeof(T), new AssignedNames(kind => kind switch
        {
            AssignedKind.Map => Maps.Keys,
            AssignedKind.Program => Programs.Keys,
            AssignedKind.Variable => Variables.Keys,
            _ => null,
        }));
        Assignment assignment = new(plan);
        assignment.Gather(this, null);
        assignment.Commit();
        SelectiveLoad.HandOver(plan, this);
    }
}
