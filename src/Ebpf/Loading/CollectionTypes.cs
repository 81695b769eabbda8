using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Microsoft.Extensions.Logging;

namespace Ebpf.Loading;

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
    private BtfSpec? _spec;
    private BpfBtf? _loaded;

    private CollectionTypes(BtfSpec? own) => _own = own;

    /// <summary>The types in the kernel.</summary>
    public BpfHandle Handle => _loaded!.Handle;

    /// <summary>The types as they were loaded.</summary>
    public BtfSpec Loaded => _spec!;

    /// <summary>Loads the types of a collection.</summary>
    /// <param name="context">The collection; is told why the kernel refuses them.</param>
    /// <param name="structOps">Which programs of tables are loaded.</param>
    /// <returns><c>null</c> if there are none, or the kernel refuses them: they are no necessity.</returns>
    /// <exception cref="BpfException">The types are malformed, for another byte order, or split BTF.</exception>
    public static CollectionTypes? TryLoad(LoadContext context, CollectionStructOps structOps)
    {
        CollectionTypes types = new(context.Spec.Types);
        foreach ((string name, MapSpec map) in context.Spec.Maps)
        {
            if (context.Creates(name, map)) types.Include(map);
        }

        foreach ((string name, ProgramSpec program) in context.Spec.Programs)
        {
            if (structOps.Wants(name, program)) types.Include(program.Instructions);
        }

        CollectionTypes? loaded = types.TryLoad(context.Kernel, context.Options.Logger, context.Options.Token?.Handle, out string? refusal);
        context.TypesRefusal = refusal;
        return loaded;
    }

    /// <summary>Loads the types of a map that is in no collection.</summary>
    /// <returns><c>null</c> if there are none, or the kernel refuses them.</returns>
    /// <exception cref="BpfException">The types are malformed, for another byte order, or split BTF.</exception>
    public static CollectionTypes? TryLoad(LinuxKernel kernel, MapSpec spec)
    {
        CollectionTypes types = new(null);
        types.Include(spec);
        return types.TryLoad(kernel, null, null, out _);
    }

    /// <summary>What to tell the kernel of the types of a map.</summary>
    public MapCreateOptions OptionsFor(MapSpec map)
    {
        MapCreateOptions own = IdOf(map.ValueType) == 0
            ? MapCreateOptions.None
            : new MapCreateOptions { Btf = Handle, KeyTypeId = IdOf(map.KeyType), ValueTypeId = IdOf(map.ValueType) };
        return InnerMapOf(map) is { } inner ? own with { Template = OptionsFor(inner) } : own;
    }

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

    /// <summary>What a map of maps holds; not of one that the kernel refuses anyway, whose inner maps are such maps again.</summary>
    private static MapSpec? InnerMapOf(MapSpec map) => map.InnerMap is { } inner && !inner.Type.IsMapOfMaps() ? inner : null;

    private bool IsOwn(BtfSpec? owner) => owner is not null && ReferenceEquals(owner, _own);

    private void Include(MapSpec map)
    {
        if (InnerMapOf(map) is { } inner) Include(inner);
        if (map.Type == MapType.StructOps || map.ValueType is null) return;
        Include(map.KeyType);
        Include(map.ValueType);
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

    private CollectionTypes? TryLoad(LinuxKernel kernel, ILogger? logger, BpfHandle? token, out string? refusal)
    {
        refusal = null;
        if (_builder is not null)
        {
            if (TryLoad(kernel, _builder.Build(), logger, token, out refusal)) return this;

            // Rather go without what was added than without the object's own.
            _foreign.Clear();
            _lines.Clear();
        }

        return _own is not null && TryLoad(kernel, _own, logger, token, out refusal) ? this : null;
    }

    private bool TryLoad(LinuxKernel kernel, BtfSpec types, ILogger? logger, BpfHandle? token, out string? refusal)
    {
        _spec = types;
        _loaded = BpfBtf.TryLoad(kernel, types, logger, out BpfException? refused, token);
        refusal = refused?.Message;
        return _loaded is not null;
    }
}
