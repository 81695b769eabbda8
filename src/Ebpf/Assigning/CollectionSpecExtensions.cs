using System.Diagnostics.CodeAnalysis;
using Ebpf.Assigning;

namespace Ebpf;

/// <summary>Loads the maps, programs and variables that a class names, and assigns them to its properties.</summary>
/// <remarks>
/// <para>
/// What is assigned: public properties with a setter (also a private one, <c>init</c> or <c>required</c>), public fields, and parameters of
/// the constructor (also of records) whose type is
/// <see cref="BpfMap"/>, a view of maps (<see cref="BpfMap{TKey, TValue}"/> and the others that <see cref="BpfMap"/> makes),
/// <see cref="BpfProgram"/>, <see cref="BpfVariable"/>, <see cref="MapSpec"/>, <see cref="ProgramSpec"/> or <see cref="VariableSpec"/>;
/// and those in groups (<see cref="BpfGroupAttribute"/>). The name is that of <see cref="BpfObjectAttribute"/>, or the one that
/// matches the name of the property without regard to case, underscores and dots: <c>PktCount</c> matches <c>pkt_count</c>. No
/// two properties can take the same object. Properties of other types, and those without a setter and without an attribute, are
/// not touched. An attribute on a member that is static or not public is an error, and so is a <c>required</c> member or a
/// parameter to which nothing can be assigned.
/// </para>
/// <para>
/// What is loaded: the maps, programs and variables that the class names, even those whose specs say not to
/// (<see cref="ProgramSpec.AutoLoad"/>, <see cref="MapSpec.AutoCreate"/>), and what they need: maps that programs use, maps in
/// maps of maps, programs in program arrays and of struct_ops maps. What the class does not name is closed at the end; the kernel
/// keeps it for as long as the others need it.
/// </para>
/// <para>
/// What is assigned belongs to the object, which disposes it: maps (of a view, <see cref="BpfMap{TKey, TValue}.Map"/>) and programs.
/// What a property held before is not disposed. A variable keeps the map of its section open until the garbage collector collects
/// it; to close it sooner, name that map too: <c>[BpfObject(".bss")]</c>. So does a struct_ops map with its programs.
/// </para>
/// <para>
/// Trimming and ahead-of-time compilation are supported, for typed views and groups too.
/// </para>
/// </remarks>
public static class CollectionSpecExtensions
{
    /// <param name="spec">The description of the collection. It is not changed.</param>
    extension(CollectionSpec spec)
    {
        /// <summary>
        /// Loads what a class names, with everything that it needs, into a new object of that class: all of it, or nothing.
        /// </summary>
        /// <typeparam name="T">
        /// The class, struct or record; see the remarks on <see cref="CollectionSpecExtensions"/>. Used is its only public
        /// constructor, or the one without parameters; one with parameters is called last, with the objects that they name.
        /// </typeparam>
        /// <param name="options">Options for loading; <c>null</c> for the defaults.</param>
        /// <param name="cancellation">Cancels the loading between two maps or programs; then nothing is left of it.</param>
        /// <returns>The object, which owns what was assigned.</returns>
        /// <exception cref="VerifierException">The verifier refused a program.</exception>
        /// <exception cref="FeatureNotSupportedException">The running kernel lacks something that is needed.</exception>
        /// <exception cref="BpfException">
        /// The class names something that the collection does not have, or the kernel refused; the message names the property.
        /// </exception>
        /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
        public T LoadAndAssign<[DynamicallyAccessedMembers(AssignmentPlan.Made)] T>(
            CollectionOptions? options = null, CancellationToken cancellation = default)
            where T : notnull
        {
            ArgumentNullException.ThrowIfNull(spec);

            // A struct is filled in its box.
            return (T)SelectiveLoad.LoadNew(spec, typeof(T), options, cancellation);
        }

        /// <summary>
        /// Loads what a class names, with everything that it needs, into an object of that class: all of it, or nothing. After a
        /// failure, the object is unchanged.
        /// </summary>
        /// <typeparam name="T">
        /// The class; see the remarks on <see cref="CollectionSpecExtensions"/>. Properties of classes derived from it are
        /// ignored.
        /// </typeparam>
        /// <param name="target">The object, which owns what is assigned to it.</param>
        /// <param name="options">Options for loading; <c>null</c> for the defaults.</param>
        /// <param name="cancellation">Cancels the loading between two maps or programs; then nothing is left of it.</param>
        /// <exception cref="VerifierException">The verifier refused a program.</exception>
        /// <exception cref="FeatureNotSupportedException">The running kernel lacks something that is needed.</exception>
        /// <exception cref="BpfException">
        /// The class names something that the collection does not have, or the kernel refused; the message names the property.
        /// </exception>
        /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
        public void LoadAndAssign<[DynamicallyAccessedMembers(AssignmentPlan.Members)] T>(
            T target, CollectionOptions? options = null, CancellationToken cancellation = default)
            where T : class
        {
            ArgumentNullException.ThrowIfNull(spec);
            ArgumentNullException.ThrowIfNull(target);
            SelectiveLoad.LoadAndAssign(spec, target, typeof(T), options, cancellation);
        }

        /// <summary>
        /// Assigns the specs that a class names to an object of that class, to be changed before they are loaded:
        /// <see cref="MapSpec"/>, <see cref="ProgramSpec"/>, <see cref="VariableSpec"/>. Nothing is loaded.
        /// </summary>
        /// <typeparam name="T">The class; see the remarks on <see cref="CollectionSpecExtensions"/>.</typeparam>
        /// <param name="target">The object whose properties are assigned.</param>
        /// <exception cref="BpfException">The class names something that the collection does not have.</exception>
        public void Assign<[DynamicallyAccessedMembers(AssignmentPlan.Members)] T>(T target)
            where T : class
        {
            ArgumentNullException.ThrowIfNull(spec);
            ArgumentNullException.ThrowIfNull(target);
            AssignmentPlan plan = AssignmentPlan.For(target, typeof(T), new AssignedNames(kind => kind switch
            {
                AssignedKind.MapSpec => spec.Maps.Keys,
                AssignedKind.ProgramSpec => spec.Programs.Keys,
                AssignedKind.VariableSpec => spec.Variables.Keys,
                _ => null,
            }));
            Assignment assignment = new(plan);
            assignment.Gather(null, spec);
            assignment.Commit();
        }
    }
}
