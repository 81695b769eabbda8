using Ebpf.Linux;
using Ebpf.Loading;
using Ebpf.Loading.Plan;

namespace Ebpf;

/// <summary>Represents a loaded object: its maps, programs and variables in the kernel.</summary>
/// <remarks>
/// Disposing it closes every descriptor. What something else refers to lives on: a program that is attached by a
/// <see cref="BpfLink"/> keeps running, with its maps. Safe for use by several threads at once.
/// </remarks>
public sealed partial class BpfCollection : IDisposable
{
    private readonly LoadedObjects _objects;

    internal BpfCollection(LoadedObjects objects) => _objects = objects;

    /// <summary>Gets the maps, by the names that they have in the spec.</summary>
    public NameTable<BpfMap> Maps => _objects.Maps;

    /// <summary>
    /// Gets the global variables, by name: those of the spec whose section was created, and the kernel's settings
    /// (<c>__kconfig</c>), which can only be read.
    /// </summary>
    public NameTable<BpfVariable> Variables => _objects.Variables;

    /// <summary>Gets the programs, by the names that they have in the spec.</summary>
    public NameTable<BpfProgram> Programs => _objects.Programs;

    /// <summary>
    /// Loads every map whose <see cref="MapSpec.AutoCreate"/> is on, and every program whose <see cref="ProgramSpec.AutoLoad"/> is on: all
    /// of them, or none.
    /// </summary>
    /// <param name="spec">The collection to load. It is not changed, and can be loaded again.</param>
    /// <param name="options">Options for loading; <c>null</c> for the defaults.</param>
    /// <param name="cancellation">
    /// Cancels the loading between two maps or programs, or between two attempts to load a program; then nothing is left of it.
    /// </param>
    /// <returns>The collection, which is the caller's to dispose.</returns>
    /// <exception cref="ArgumentException">
    /// The options name something that the spec does not have, or that does not fit.
    /// </exception>
    /// <exception cref="ObjectDisposedException">A map, program or token in the options is disposed.</exception>
    /// <exception cref="ObjectFormatException">The code of a program is malformed.</exception>
    /// <exception cref="VerifierException">The verifier refused a program.</exception>
    /// <exception cref="FeatureNotSupportedException">The running kernel lacks something that the object needs.</exception>
    /// <exception cref="BpfException">
    /// The type of a program is not known; or the kernel refused for another reason, and the message says what is missing.
    /// </exception>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    public static BpfCollection Load(
        CollectionSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        Load(spec, options, selection: null, cancellation);

    /// <summary>Reads an object file, and loads it as it is.</summary>
    /// <param name="path">The file, as <c>clang -g -O2 -target bpf -c</c> makes it.</param>
    /// <param name="options">Options for loading; <c>null</c> for the defaults.</param>
    /// <param name="cancellation">
    /// Cancels the loading between two maps or programs, or between two attempts to load a program; then nothing is left of it.
    /// </param>
    /// <returns>The collection, which is the caller's to dispose.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ObjectFormatException">The object is malformed.</exception>
    /// <inheritdoc cref="Load(CollectionSpec, CollectionOptions?, CancellationToken)" path="/exception"/>
    public static BpfCollection Load(string path, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        Load(CollectionSpec.Load(path), options, selection: null, cancellation);

    /// <summary>
    /// Does everything that <see cref="Load(CollectionSpec, CollectionOptions?, CancellationToken)"/> does before the verifier
    /// runs: creates, fills and pins the maps, and relocates the programs. <see cref="PreparedCollection.Load"/> does the rest.
    /// </summary>
    /// <param name="spec">The collection to load. It is not changed, and must not be changed until it is loaded.</param>
    /// <param name="options">Options for loading; <c>null</c> for the defaults.</param>
    /// <param name="cancellation">Cancels the preparation between two maps or programs; then nothing is left of it.</param>
    /// <returns>The prepared collection, which is the caller's to dispose.</returns>
    /// <inheritdoc cref="Load(CollectionSpec, CollectionOptions?, CancellationToken)" path="/exception"/>
    public static PreparedCollection Prepare(
        CollectionSpec spec, CollectionOptions? options = null, CancellationToken cancellation = default) =>
        Prepare(spec, options, selection: null, cancellation);

    /// <summary>
    /// Removes a map from the collection: it is the caller's to dispose from now on. Variables in it stay in <see cref="Variables"/>, and
    /// can be used for as long as the map is open. A struct_ops map needs its programs open until it is attached. Not to be called while
    /// other threads use the collection.
    /// </summary>
    /// <param name="name">The name of the map in the spec.</param>
    /// <returns>The map.</returns>
    /// <exception cref="KeyNotFoundException">The collection has no map of this name, or has given it away.</exception>
    public BpfMap TakeMap(string name) => Maps.Take(name);

    /// <summary>
    /// Removes a program from the collection: it is the caller's to dispose from now on. The maps that it uses live for as long
    /// as it does, but the kernel empties a program array when its last descriptor is closed. Not to be called while other
    /// threads use the collection.
    /// </summary>
    /// <param name="name">The name of the program in the spec.</param>
    /// <returns>The program.</returns>
    /// <exception cref="KeyNotFoundException">The collection has no program of this name, or has given it away.</exception>
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

    /// <summary>Closes every descriptor, and unmaps the memory of the variables. Calling it again has no effect.</summary>
    public void Dispose() => _objects.Dispose();

    /// <summary>Returns one line that counts the programs, maps and variables.</summary>
    public override string ToString() => $"{Programs.Count} programs, {Maps.Count} maps, {Variables.Count} variables";
}
