using System.Diagnostics;

namespace Ebpf;

/// <summary>
/// Brings a spec into the kernel: types, maps and variables; then the programs, made ready and verified; then what the maps hold of
/// programs and maps.
/// </summary>
internal sealed class CollectionLoader : IDisposable
{
    private readonly LoadContext _context;
    private readonly CollectionStructOps _structOps;
    private readonly CollectionMaps _maps;
    private readonly CollectionCode _code;
    private readonly List<PreparedProgram> _programs = [];
    private CollectionTypes? _types;

    public CollectionLoader(LoadContext context)
    {
        _context = context;
        _structOps = new CollectionStructOps(context);
        _maps = new CollectionMaps(context, _structOps);
        _code = new CollectionCode(context);
    }

    /// <summary>The programs as they will be loaded; after <see cref="Prepare"/>.</summary>
    public IReadOnlyList<PreparedProgram> Programs => _programs;

    /// <summary>Makes the maps, and the programs ready; loads none.</summary>
    public void Prepare(CancellationToken cancellation)
    {
        if (_context.Spec.ByteOrder != EndianReader.Host)
        {
            throw new BpfException(
                $"Load {_context.Spec}: the object is {_context.Spec.ByteOrder}, this machine is not: compile it with clang -target bpf");
        }

        _structOps.Resolve();

        // The kernel keeps the types for as long as a map or program refers to them. They are no necessity.
        _types = CollectionTypes.TryLoad(_context.Kernel, _context.Spec, _context.Options, out string? refusal);
        _context.TypesRefusal = refusal;
        _maps.Load(_types, cancellation);

        KeyValuePair<string, ProgramSpec>[] wanted =
            [.. _context.Spec.Programs.Where(
                program => _structOps.IsWanted(program.Key, program.Value) && program.Value.Type != ProgramType.Unspecified)];
        foreach ((string name, ProgramSpec program) in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _programs.Add(_code.Prepare(name, program, _structOps.TargetOf(name, program)));
            _context.Options.Progress?.Report(
                new LoadProgress(LoadStage.Preparation, name, _programs.Count, wanted.Length) { Elapsed = Stopwatch.GetElapsedTime(start) });
        }
    }

    /// <summary>Loads the programs that are ready, and fills the maps.</summary>
    public void Load(CancellationToken cancellation)
    {
        new CollectionPrograms(_context, _programs, _types, cancellation).Load();
        new CollectionContents(_context, _maps).Fill();
        _structOps.Fill(_maps);
    }

    /// <summary>Closes what was opened, and takes away the pins that were made.</summary>
    public void Undo()
    {
        _context.Collection.Dispose();
        _maps.Unpin();
    }

    /// <summary>Lets go of what only the loading needs.</summary>
    public void Dispose()
    {
        foreach (PreparedProgram program in _programs) program.Dispose();
        _types?.Dispose();
        _structOps.Dispose();
    }
}
