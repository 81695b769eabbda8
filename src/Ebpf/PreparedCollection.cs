using Ebpf.Loading;

namespace Ebpf;

/// <summary>
/// Represents a collection that is ready for the verifier: its maps are in the kernel and its programs are relocated, but none of
/// them is loaded. Use it to look at what will be loaded, to fill maps before any program can run, or to load one program several
/// times.
/// </summary>
/// <remarks>
/// Disposing it undoes everything, including pins, unless <see cref="Load"/> was called: then everything belongs to the
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
    /// Gets the maps, by the names that they have in the spec. They have their initial contents, except for programs and other
    /// maps.
    /// </summary>
    public NameTable<BpfMap> Maps => _collection.Maps;

    /// <summary>Gets the global variables, by name.</summary>
    public NameTable<BpfVariable> Variables => _collection.Variables;

    /// <summary>Gets the programs that will be loaded, by the names that they have in the spec.</summary>
    public NameTable<PreparedProgram> Programs { get; } = new("program");

    /// <summary>
    /// Loads the programs, and puts programs and maps into the maps that hold them. After a failure nothing is left, and this
    /// instance is disposed.
    /// </summary>
    /// <param name="cancellation">Cancels the loading between two programs; then nothing is left of it.</param>
    /// <returns>The collection, to which all maps belong from now on.</returns>
    /// <exception cref="InvalidOperationException">The collection was loaded already.</exception>
    /// <exception cref="ObjectDisposedException">
    /// This instance is disposed, or failed to load; or a map that a program uses is disposed: the message names it.
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
    /// Loads a single program, any number of times: with the maps of the collection, and bound to another target than its section
    /// names, if programs of its type are bound when they are loaded (<c>fentry</c>, <c>lsm</c>, <c>tp_btf</c>).
    /// </summary>
    /// <param name="name">The name of the program.</param>
    /// <param name="attachTo">The <see cref="ProgramSpec.AttachTo"/> to use; <c>null</c> for that of the spec.</param>
    /// <param name="cancellation">Cancels the loading between two attempts.</param>
    /// <returns>The program, which is the caller's to dispose.</returns>
    /// <exception cref="OperationCanceledException">The loading was canceled.</exception>
    /// <exception cref="KeyNotFoundException">There is no program of this name.</exception>
    /// <exception cref="InvalidOperationException">The collection was loaded already.</exception>
    /// <exception cref="ObjectDisposedException">
    /// This instance is disposed, or a map that the program uses is: the message names it.
    /// </exception>
    /// <exception cref="VerifierException">The verifier refused the program.</exception>
    /// <exception cref="BpfException">There is no such target, or the kernel refused for another reason.</exception>
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
