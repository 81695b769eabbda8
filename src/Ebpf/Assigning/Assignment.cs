using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ebpf.Maps.Views;

namespace Ebpf.Assigning;

/// <summary>Carries a plan out: all properties are set, or none.</summary>
internal sealed class Assignment(AssignmentPlan plan)
{
    private readonly Dictionary<AssignedObject, object> _values = [];
    private readonly Stack<(AssignedMember Member, object? Before)> _done = [];

    /// <summary>Finds everything, and makes the views. Sets nothing.</summary>
    /// <param name="collection">The live objects; <c>null</c> if the plan has none.</param>
    /// <param name="spec">The specs; <c>null</c> if the plan has none.</param>
    /// <exception cref="BpfException">Something is not there, or a view does not fit.</exception>
    public void Gather(BpfCollection? collection, CollectionSpec? spec)
    {
        foreach (AssignedObject item in plan.Objects)
        {
            _values.Add(item, item.Kind switch
            {
                AssignedKind.Map => MapFor(item, collection!.Maps[item.Name]),
                AssignedKind.Program => Program(item, collection!),
                AssignedKind.Variable => Variable(item, collection!),
                AssignedKind.MapSpec => spec!.Maps[item.Name],
                AssignedKind.ProgramSpec => spec!.Programs[item.Name],
                _ => spec!.Variables[item.Name],
            });
        }
    }

    /// <summary>
    /// Makes the objects that are to be made, and sets the properties and fields. When a setter or a constructor throws, those that were
    /// set get back what was in them.
    /// </summary>
    public void Commit()
    {
        try
        {
            foreach (AssignmentStep step in plan.Steps)
            {
                if (step.Member is not { } member)
                {
                    step.Owner!.Make();
                    continue;
                }

                _done.Push((member, member.Get()));
                member.Set(step.Object is { } item ? _values[item] : step.Owner!.Object);
            }
        }
        catch
        {
            Undo();
            throw;
        }
    }

    private void Undo()
    {
        foreach ((AssignedMember member, object? before) in _done)
        {
            try
            {
                member.Set(before);
            }
            catch (Exception)
            {
                // A setter that does not take back what it had: the first error is the one to tell.
            }
        }
    }

    private static BpfProgram Program(AssignedObject item, BpfCollection collection) =>
        collection.Programs.TryGetValue(item.Name, out BpfProgram? program)
            ? program
            : throw new BpfException(
                $"Assign to {item.Member.Path}: program \"{item.Name}\" is loaded only with the struct_ops map that has it, which is not "
                + "created: set its AutoCreate, or name the map too");

    private static BpfVariable Variable(AssignedObject item, BpfCollection collection) =>
        collection.Variables.TryGetValue(item.Name, out BpfVariable? variable)
            ? variable
            : throw new BpfException($"Assign to {item.Member.Path}: variable \"{item.Name}\" is not in the map of its section, which was made smaller");

    private static object MapFor(AssignedObject item, BpfMap map)
    {
        if (!AssignedKinds.IsView(item.Member.Type)) return map;
        try
        {
            object view = Open(item.Member.Type, map);
            return item.Member.Type.IsInstanceOfType(view)
                ? view
                : throw new BpfException($"Assign to {item.Member.Path}: map \"{map.Name}\" has a view of type {view.GetType()}");
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            throw new BpfException($"Assign to {item.Member.Path}: {error.Message}", error);
        }
    }

    /// <summary>
    /// Makes a view of a type that is known from a property only. No code is made for it at run time, as a generic method would need:
    /// an object of the type, on which no constructor has run, says what its type arguments are.
    /// </summary>
    [DynamicDependency(Constructors, typeof(BpfArena))]
    [DynamicDependency(Constructors, typeof(BpfArray<>))]
    [DynamicDependency(Constructors, typeof(BpfBloomFilter<>))]
    [DynamicDependency(Constructors, typeof(BpfCgroupArray))]
    [DynamicDependency(Constructors, typeof(BpfCgrpStorage<>))]
    [DynamicDependency(Constructors, typeof(BpfCpuMap))]
    [DynamicDependency(Constructors, typeof(BpfDevMap))]
    [DynamicDependency(Constructors, typeof(BpfInodeStorage<>))]
    [DynamicDependency(Constructors, typeof(BpfInstructionArray))]
    [DynamicDependency(Constructors, typeof(BpfLpmTrie<>))]
    [DynamicDependency(Constructors, typeof(BpfMap<,>))]
    [DynamicDependency(Constructors, typeof(BpfMapOfMaps<>))]
    [DynamicDependency(Constructors, typeof(BpfPerCpuMap<,>))]
    [DynamicDependency(Constructors, typeof(BpfPerfEventArray))]
    [DynamicDependency(Constructors, typeof(BpfProgramArray))]
    [DynamicDependency(Constructors, typeof(BpfQueue<>))]
    [DynamicDependency(Constructors, typeof(BpfReuseportSockArray))]
    [DynamicDependency(Constructors, typeof(BpfSkStorage<>))]
    [DynamicDependency(Constructors, typeof(BpfSockMap<>))]
    [DynamicDependency(Constructors, typeof(BpfStack<>))]
    [DynamicDependency(Constructors, typeof(BpfStackTraces<>))]
    [DynamicDependency(Constructors, typeof(BpfStructOps))]
    [DynamicDependency(Constructors, typeof(BpfTaskStorage<>))]
    [DynamicDependency(Constructors, typeof(BpfXskMap))]
    [UnconditionalSuppressMessage(
        "Trimming",
        "IL2067",
        Justification = "Views are sealed, and their constructors kept by the attributes above. A property that is kept to be set by "
            + "reflection keeps its type as one that objects can be of, with what it implements of interfaces. tests/Ebpf.Aot proves it.")]
    private static object Open(Type view, BpfMap map) => ((IMapView)RuntimeHelpers.GetUninitializedObject(view)).Open(map);

    private const DynamicallyAccessedMemberTypes Constructors = DynamicallyAccessedMemberTypes.NonPublicConstructors;
}
