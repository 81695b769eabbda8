using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Microsoft.Extensions.Logging;

namespace Ebpf;

/// <summary>
/// The types that a collection (or a map by itself) brings into the kernel: those of the object, and behind them what
/// else its maps and programs were given: types of other BTF, and lines of source that are in no BTF.
/// </summary>
/// <remarks>The kernel keeps them for as long as a map or program refers to them; this holds them meanwhile.</remarks>
internal sealed class CollectionTypes : IDisposable
{
    private readonly BtfSpec? _own;
    private readonly Dictionary<BtfType, uint> _foreign = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LineInfo, (uint File, uint Text)> _lines = new(ReferenceEqualityComparer.Instance);
    private BtfBuilder? _builder;
    private BpfBtf? _loaded;

    private CollectionTypes(BtfSpec? own) => _own = own;

    /// <summary>The types in the kernel.</summary>
    public BpfHandle Handle => _loaded!.Handle;

    /// <summary>Loads the types of a collection.</summary>
    /// <returns><c>null</c> if there are none, or the kernel refuses them: they are no necessity.</returns>
    /// <exception cref="BpfException">The types are malformed, for another byte order, or split BTF.</exception>
    public static CollectionTypes? TryLoad(LinuxKernel kernel, CollectionSpec spec, CollectionOptions options)
    {
        CollectionTypes types = new(spec.Types);
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            if (map.AutoCreate && !options.Maps.ContainsKey(name)) types.Include(map);
        }

        foreach (ProgramSpec program in spec.Programs.Values)
        {
            if (program.AutoLoad) types.Include(program.Instructions);
        }

        return types.TryLoad(kernel, options.Logger, options.Token?.Handle);
    }

    /// <summary>Loads the types of a map that is in no collection.</summary>
    /// <inheritdoc cref="TryLoad(LinuxKernel, CollectionSpec, CollectionOptions)"/>
    public static CollectionTypes? TryLoad(LinuxKernel kernel, MapSpec spec)
    {
        CollectionTypes types = new(null);
        types.Include(spec);
        return types.TryLoad(kernel, null, null);
    }

    /// <summary>What to tell the kernel of the types of a map.</summary>
    public MapCreateOptions OptionsFor(MapSpec map) => IdOf(map.Value) == 0
        ? MapCreateOptions.None
        : new MapCreateOptions { Btf = Handle, KeyTypeId = IdOf(map.Key), ValueTypeId = IdOf(map.Value) };

    /// <summary>The id of a type in what was loaded; 0 for one that is not in it.</summary>
    public uint IdOf(BtfType? type)
    {
        if (type is null or VoidType) return 0;
        return IsOwn(type.Owner) ? type.Id : _foreign.GetValueOrDefault(type);
    }

    /// <summary>Finds the strings of a line in what was loaded.</summary>
    public bool TryGetStrings(LineInfo line, out uint file, out uint text)
    {
        (file, text) = (line.FileNameOffset, line.LineOffset);
        if (IsOwn(line.Owner)) return true;
        if (!_lines.TryGetValue(line, out (uint File, uint Text) added)) return false;
        (file, text) = added;
        return true;
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => _loaded?.Dispose();

    private bool IsOwn(BtfSpec? owner) => owner is not null && ReferenceEquals(owner, _own);

    private void Include(MapSpec map)
    {
        if (map.Type == MapType.StructOps || map.Value is null) return;
        Include(map.Key);
        Include(map.Value);
    }

    private void Include(InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            Include(instruction.Function);
            if (instruction.Line is not { } line || IsOwn(line.Owner) || _lines.ContainsKey(line)) continue;
            BtfBuilder builder = Builder();
            _lines.Add(line, (builder.AddString(line.File), builder.AddString(line.Text)));
        }
    }

    private void Include(BtfType? type)
    {
        if (type is null or VoidType || IsOwn(type.Owner) || _foreign.ContainsKey(type)) return;
        _foreign.Add(type, Builder().Add(type));
    }

    // What the object has keeps its ids and strings: the new comes behind.
    private BtfBuilder Builder() => _builder ??= _own is null ? new BtfBuilder() : BtfBuilder.From(_own);

    private CollectionTypes? TryLoad(LinuxKernel kernel, ILogger? logger, BpfHandle? token)
    {
        if (_builder is not null)
        {
            _loaded = BpfBtf.TryLoad(kernel, _builder.Build(), logger, token);
            if (_loaded is not null) return this;

            // Rather go without what was added than without the object's own.
            _foreign.Clear();
            _lines.Clear();
        }

        if (_own is not null) _loaded = BpfBtf.TryLoad(kernel, _own, logger, token);
        return _loaded is null ? null : this;
    }
}
