using System.Diagnostics;
using Ebpf.BtfObjects;
using Ebpf.Common;

namespace Ebpf.Loading;

/// <summary>
/// Brings a spec into the kernel: types, maps and variables; then the programs, made ready and verified; then what the maps hold of
/// programs and maps.
/// </summary>
internal sealed class CollectionLoader : IDisposable
{
    private readonly LoadContext _context;
    private readonly ModuleHandles _modules;
    private readonly CollectionStructOps _structOps;
    private readonly CollectionMaps _maps;
    private readonly CollectionCode _code;
    private readonly List<PreparedProgram> _programs = [];
    private CollectionTypes? _types;

    public CollectionLoader(LoadContext context)
    {
        _context = context;
        _modules = new ModuleHandles(context.Kernel);
        _structOps = new CollectionStructOps(context, _modules);
        _code = new CollectionCode(context, _modules);
        _maps = new CollectionMaps(context, _code, _structOps);
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
        KeyValuePair<string, ProgramSpec>[] wanted = [.. _context.Spec.Programs.Where(program => _structOps.Wants(program.Key, program.Value))];
        _code.ResolveExterns(wanted.Concat(_maps.ExclusivePrograms()).DistinctBy(program => program.Key));

        // The kernel keeps the types for as long as a map or program refers to them. They are no necessity.
        _types = CollectionTypes.TryLoad(_context, _structOps);
        _maps.Load(_types, cancellation);

        foreach ((string name, ProgramSpec program) in wanted)
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            _programs.Add(_code.Prepare(name, program, _structOps.TargetOf(name, program)));
            _context.Options.Progress?.Report(
                new LoadProgress
                {
                    Stage = LoadStage.Preparation,
                    Name = name,
                    Done = _programs.Count,
                    Total = wanted.Length,
                    Elapsed = Stopwatch.GetElapsedTime(start),
                });
        }
    }

    /// <summary>Loads the programs that are ready, and fills the maps.</summary>
    public void Load(CancellationToken cancellation)
    {
        new CollectionPrograms(_context, _programs, _types, cancellation).Load();
        new CollectionContents(_context, _maps).Fill();
        _structOps.Fill(_maps);
    }

    /// <summary>Loads one program by itself.</summary>
    /// <param name="program">The program, ready.</param>
    /// <param name="attachTo">What it is attached to; <c>null</c> for what its spec says.</param>
    public BpfProgram Load(PreparedProgram program, string? attachTo)
    {
        PreparedProgram loaded = attachTo is null ? program : _code.Retarget(program, attachTo);
        return new ProgramLoader(_context.Kernel, _context.Options, _context.TypesRefusal).Load(loaded, _types);
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
        _modules.Dispose();
    }
}
