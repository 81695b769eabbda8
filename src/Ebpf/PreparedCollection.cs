using Ebpf.Loading;

namespace Ebpf;

/// <summary>
/// A collection that is ready for the verifier: its maps are in the kernel, its programs relocated, but none of them loaded. Use it to look
/// at what will be loaded, to fill maps before any program can run, or to load one program several times.
/// </summary>
/// <remarks>
/// Disposing it undoes everything, pins too, unless <see cref="Load"/> was called: then everything belongs to the
/// <see cref="BpfCollection"/>. Not safe for use by several threads at once.
/// </remarks>
public sealed class PreparedCollection : IDisposable
{
    private readonly BpfCollection _collection;
    private CollectionLoader? _loader;
    private bool _isLoaded;

    internal PreparedCollection(BpfCollection collection, CollectionLoader loader)
    {
        _collection = collection;
        _loader = loader;
        foreach (PreparedProgram program in loader.Programs) Programs.TryAdd(program.Name, program);
    }

    /// <summary>
    /// Gets the maps, by the names that they have in the spec. They have their initial contents, except programs and other maps.
    /// </summary>
    public NameTable<BpfMap> Maps => _collection.Maps;

    /// <summary>Gets the global variables, by name.</summary>
    public NameTable<BpfVariable> Variables => _collection.Variables;

    /// <summary>Gets the programs that will be loaded, by the names that they have in the spec.</summary>
    public NameTable<PreparedProgram> Programs { get; } = new("program");

    /// <summary>Loads the programs, and puts programs and maps into the maps that hold such. After a failure nothing is left, and this is disposed.</summary>
    /// <param name="cancellation">Ends the loading between two programs; then nothing is left.</param>
    /// <returns>The collection, to which all maps belong from now on.</returns>
    /// <exception cref="InvalidOperationException">It was loaded already.</exception>
    /// <exception cref="ObjectDisposedException">
    /// It was disposed, or failed to load; or a map that a program uses was disposed: the message names it.
    /// </exception>
    /// <inheritdoc cref="BpfCollection.Load(CollectionSpec, CollectionOptions?, CancellationToken)" path="/exception"/>
    public BpfCollection Load(CancellationToken cancellation = default)
    {
        CollectionLoader loader = Loader();
        try
        {
            loader.Load(cancellation);
            _isLoaded = true;
            _loader = null;
            loader.Dispose();
            return _collection;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>
    /// Loads one of the programs by itself, any number of times: with the collection's maps, and bound to another target than its
    /// section says, if programs of its type are bound when they are loaded (<c>fentry</c>, <c>lsm</c>, <c>tp_btf</c>).
    /// </summary>
    /// <param name="name">The name of the program.</param>
    /// <param name="attachTo">Its <see cref="ProgramSpec.AttachTo"/>; <c>null</c> for that of the spec.</param>
    /// <param name="cancellation">Ends it between two attempts of the verifier.</param>
    /// <returns>The program, which is the caller's to dispose.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="KeyNotFoundException">There is no program of this name.</exception>
    /// <exception cref="InvalidOperationException">The collection was loaded already.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed, or a map that the program uses was: the message names it.</exception>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="BpfException">There is nothing of that name to attach to, or the kernel refused otherwise.</exception>
    public BpfProgram LoadProgram(string name, string? attachTo = null, CancellationToken cancellation = default) =>
        Loader().Load(Programs[name], attachTo, cancellation);

    /// <summary>Closes the maps and removes the pins that were made, unless they belong to a loaded collection.</summary>
    public void Dispose()
    {
        CollectionLoader? loader = _loader;
        _loader = null;
        if (loader is null) return;
        loader.Undo();
        loader.Dispose();
    }

    /// <summary>Returns one line that counts the programs, maps and variables.</summary>
    public override string ToString() => $"{Programs.Count} programs to load, {Maps.Count} maps, {Variables.Count} variables";

    private CollectionLoader Loader()
    {
        if (_isLoaded) throw new InvalidOperationException("The collection was loaded already: use it, or prepare the spec once more.");
        ObjectDisposedException.ThrowIf(_loader is null, this);
        return _loader;
    }
}
