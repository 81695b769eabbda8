using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Kernel;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Views;

namespace Ebpf.Loading;

/// <summary>
/// Finds out what the tables of functions of a collection are in the running kernel, and what programs they want; gives them the
/// programs once these are loaded. Attaching is the user's (<see cref="BpfStructOps.Attach"/>).
/// </summary>
internal sealed class CollectionStructOps(LoadContext context, ModuleHandles modules) : IDisposable
{
    private readonly Dictionary<string, StructOpsTable> _tables = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Map, ProgramTarget Target)> _targets = new(StringComparer.Ordinal);
    private BpfBtf? _anyTypes;

    /// <summary>Looks the tables up that will be made.</summary>
    /// <exception cref="FeatureNotSupportedException">The kernel has no such table.</exception>
    /// <exception cref="BpfException">A table does not fit to the kernel's, or to its programs.</exception>
    public void Resolve()
    {
        foreach ((string name, MapSpec map) in context.Spec.Maps)
        {
            if (map.StructOps is null || !context.Creates(name, map)) continue;
            StructOpsTable table = StructOpsTable.Of(map, KernelFacts.Of(context.Kernel).Types, context.Options.Logger);
            foreach (StructOpsFunction function in table.Functions) Bind(name, table, function);
            _tables.Add(name, table);
        }
    }

    /// <summary>
    /// Whether a program is to be loaded. Of those that tables have, just the ones of tables that are made, as with libbpf.
    /// </summary>
    public bool Wants(string name, ProgramSpec program) => program.Type != ProgramType.StructOps
        ? context.Wants(name, program)
        : _targets.ContainsKey(name) || (context.Wants(name, program) && !IsIn(name));

    /// <summary>What a program is bound to; <c>null</c> for one that is no function of a table.</summary>
    /// <exception cref="BpfException">It is one, but no table has it.</exception>
    public ProgramTarget? TargetOf(string name, ProgramSpec program)
    {
        if (program.Type != ProgramType.StructOps) return null;
        return _targets.TryGetValue(name, out (string Map, ProgramTarget Target) bound)
            ? bound.Target
            : throw new BpfException(
                $"Load program \"{program.Name}\": no table of functions (SEC(\".struct_ops\")) has it, so the kernel cannot know what it is for");
    }

    /// <summary>The spec of a table's map as the kernel has it, and what making it needs.</summary>
    /// <param name="name">The name in the collection.</param>
    /// <param name="map">The object's spec.</param>
    /// <param name="types">The types of the object in the kernel; <c>null</c> if there are none.</param>
    public (MapSpec Spec, MapCreateOptions Options) MapOf(string name, MapSpec map, BpfHandle? types)
    {
        StructOpsTable table = _tables[name];
        MapSpec spec = map.Clone();
        spec.ValueSize = table.Value.Size;
        spec.ValueType = table.Value;

        // It is written when it is attached: without a link, that is what registers it.
        spec.InitialValue = default;
        return (spec, new MapCreateOptions
        {
            // The kernel wants BTF of the object's, whatever is in it.
            Btf = types ?? (_anyTypes ??= BpfBtf.Load(AnyTypes(), context.Options.Token, context.Kernel)).Handle,
            KernelValueTypeId = table.Value.Id,
            ValueTypeBtf = ModuleOf(table),
        });
    }

    /// <summary>Gives the maps that were made what they will hold.</summary>
    /// <param name="maps">Knows which maps were there before, and keep what they hold.</param>
    public void Fill(CollectionMaps maps)
    {
        foreach ((string name, StructOpsTable table) in _tables)
        {
            BpfMap map = context.Collection.Maps[name];
            if (maps.IsReused(map)) continue;
            map.StructOpsContents = new StructOpsContents(
                table.Contents,
                [.. table.Functions.Select(function => (function.Offset, context.Collection.Programs[function.Program].Handle))]);
        }
    }

    /// <summary>Lets go of what only the loading needs.</summary>
    public void Dispose() => _anyTypes?.Dispose();

    private static BtfSpec AnyTypes()
    {
        BtfBuilder types = new();
        types.AddInt("int", sizeof(int), IntEncoding.Signed);
        return types.Build();
    }

    private void Bind(string map, StructOpsTable table, StructOpsFunction function)
    {
        if (!context.Spec.Programs.TryGetValue(function.Program, out ProgramSpec? program))
            throw Failed(map, function, "the collection has no program of this name");
        if (program.Type != ProgramType.StructOps) throw Failed(map, function, $"it is a {program.Type} program, no SEC(\"struct_ops\")");
        ProgramTarget target = new(table.Type.Id, (AttachType)function.Index, ModuleOf(table));
        if (!_targets.TryAdd(function.Program, (map, target)) && _targets[function.Program] is var known && known.Target != target)
        {
            throw Failed(
                map, function, $"map \"{known.Map}\" has it as another function: a program can be one function of one kind of struct");
        }
    }

    private bool IsIn(string program)
    {
        foreach (MapSpec map in context.Spec.Maps.Values)
        {
            if (map.StructOps is { } table && (table.Declares(program) || table.Functions.Values.Contains(program))) return true;
        }

        return false;
    }

    private BpfHandle? ModuleOf(StructOpsTable table) =>
        table.Module is { } module ? modules.Open(module, $"struct {table.Type.Name}") : null;

    private static BpfException Failed(string map, StructOpsFunction function, string problem) =>
        new($"Create map \"{map}\": program \"{function.Program}\": {problem}");
}
