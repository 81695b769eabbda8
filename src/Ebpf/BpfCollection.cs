using Ebpf.Linux;
using Ebpf.Loading;
using Ebpf.Loading.Plan;

namespace Ebpf;

/// <summary>The maps, programs and variables of an object, in the kernel.</summary>
/// <remarks>
/// Disposing it closes every descriptor. What something else holds lives on: a program that is attached by a
/// <see cref="BpfLink"/> keeps running, with its maps. Safe for use by several threads at once.
/// </remarks>
public sealed partial class BpfCollection : IDisposable
{
    private readonly LoadedObjects _objects;

    internal BpfCollection(LoadedObjects objects) => _objects = objects;

    /// <summary>The maps, by the names that they have in the spec.</summary>
    public NameTable<BpfMap> Maps => _objects.Maps;

    /// <summary>
    /// The global variables, by name: those of the spec whose section was created, and the kernel's settings
    /// (<c>__kconfig</c>), which can only be read.
    /// </summary>
    public NameTable<BpfVariable> Variables => _objects.Variables;

    /// <summary>The programs, by the names that they have in the spec.</summary>
    public NameTable<BpfProgram> Programs => _objects.Programs;

    /// <summary>
    /// Loads every map, and every program whose <see cref="ProgramSpec.AutoLoad"/> is on: all of them, or none.
    /// </summary>
    /// <param name="spec">What to load. It is not changed, and can be loaded again.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="cancellation">Ends the loading between two maps or programs; then nothing is left of it.</param>
    /// <exception cref="VerifierException">The verifier refused a program.</exception>
    /// <exception cref="FeatureNotSupportedException">The running kernel lacks something that the object needs.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise; the message says what is missing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static BpfCollection Load(
        CollectionSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        Load(spec, options, selection: null, cancellation);

    /// <summary>
    /// Does all of <see cref="Load(CollectionSpec, CollectionOptions?, CancellationToken)"/> up to the verifier: the maps are made,
    /// filled and pinned, the programs relocated. <see cref="PreparedCollection.Load"/> does the rest.
    /// </summary>
    /// <param name="spec">What to load. It is not changed, and must stay as it is until it is loaded.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="cancellation">Ends the preparing between two maps or programs; then nothing is left of it.</param>
    /// <exception cref="FeatureNotSupportedException">The running kernel lacks something that the object needs.</exception>
    /// <exception cref="BpfException">The kernel refused otherwise; the message says what is missing.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static PreparedCollection Prepare(
        CollectionSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        Prepare(spec, options, selection: null, cancellation);

    /// <summary>
    /// Takes a map out: it is the caller's to dispose from now on. Variables in it stay in <see cref="Variables"/>, and can be used
    /// for as long as the map is open. A table of functions needs its programs open until it is attached. Not while other threads use
    /// the collection.
    /// </summary>
    /// <param name="name">The name that it has in the spec.</param>
    /// <returns>The map, which the collection knows no more.</returns>
    /// <exception cref="KeyNotFoundException">There is none of this name (any more).</exception>
    public BpfMap TakeMap(string name) => Maps.Take(name);

    /// <summary>
    /// Takes a program out: it is the caller's to dispose from now on. The maps that it uses live for as long as it does; but a
    /// program array is emptied by the kernel when its last descriptor is closed. Not while other threads use the collection.
    /// </summary>
    /// <param name="name">The name that it has in the spec.</param>
    /// <returns>The program, which the collection knows no more.</returns>
    /// <exception cref="KeyNotFoundException">There is none of this name (any more).</exception>
    public BpfProgram TakeProgram(string name) => Programs.Take(name);

    internal static BpfCollection Load(
        CollectionSpec spec,
        CollectionOptions? options,
        CollectionSelection? selection,
        CancellationToken cancellation)
    {
        using PreparedCollection prepared = Prepare(spec, options, selection, cancellation);
        return prepared.Load(cancellation);
    }

    internal static PreparedCollection Prepare(
        CollectionSpec spec,
        CollectionOptions? options,
        CollectionSelection? selection,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        options ??= new CollectionOptions();
        cancellation.ThrowIfCancellationRequested();
        LoadPlan plan = LoadPlanner.Make(spec, options, LinuxKernel.Of(options.Kernel), selection);
        LoadedObjects objects = new();
        CollectionLoader loader = new(plan, objects);
        try
        {
            loader.Prepare(cancellation);
            return new PreparedCollection(new BpfCollection(objects), loader);
        }
        catch
        {
            loader.Undo();
            loader.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Closes every descriptor, and lets go of the memory of the variables. Doing it again does nothing.
    /// </summary>
    public void Dispose() => _objects.Dispose();

    /// <summary>One line that counts what there is.</summary>
    public override string ToString() => $"{Programs.Count} programs, {Maps.Count} maps, {Variables.Count} variables";
}
