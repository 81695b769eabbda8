using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Features;
using Microsoft.Extensions.Logging;

namespace Ebpf.Loading.StructOps;

/// <summary>A struct_ops map as the running kernel wants it: its types there, and what the map is to hold.</summary>
internal sealed class StructOpsTable
{
    /// <summary>What the kernel calls the value of such a map: <c>struct bpf_struct_ops_tcp_congestion_ops</c>.</summary>
    private const string ValuePrefix = "bpf_struct_ops_";

    private StructOpsTable(StructType value, StructType type, string? module)
    {
        Value = value;
        Type = type;
        Module = module;
        Contents = new byte[value.Size];
    }

    /// <summary>The type of the map's value: the kernel's own fields, and behind them <see cref="Type"/>.</summary>
    public StructType Value { get; }

    /// <summary>The struct of functions itself (<c>struct tcp_congestion_ops</c>), in the same BTF.</summary>
    public StructType Type { get; }

    /// <summary>The module in whose BTF the types are; <c>null</c> for the kernel's own.</summary>
    public string? Module { get; }

    /// <summary>The value, without the functions.</summary>
    public byte[] Contents { get; private init; }

    /// <summary>The functions that the map has.</summary>
    public IReadOnlyList<StructOpsFunction> Functions { get; private init; } = [];

    /// <summary>Finds the kernel's struct for that of an object, and puts what the object says in the places that it has there.</summary>
    /// <param name="map">The map of the object.</param>
    /// <param name="types">The kernel's types.</param>
    /// <param name="logger">Is told what is left out.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel has no such struct_ops.</exception>
    /// <exception cref="BpfException">The kernel's struct does not fit to the object's.</exception>
    public static StructOpsTable Of(MapSpec map, KernelTypes types, ILogger? logger)
    {
        StructOpsSpec spec = map.StructOps!;
        StructOpsTable table = Find(map, spec.Type.EssentialName, types, logger, out int offset);
        StructOpsCopy copy = new(map, table.Type, table.Contents, offset, logger);
        return table.With(copy.Copy());
    }

    /// <summary>The same struct with other functions.</summary>
    public StructOpsTable With(IReadOnlyList<StructOpsFunction> functions) => new(Value, Type, Module) { Contents = Contents, Functions = functions };

    private static StructOpsTable Find(MapSpec map, string name, KernelTypes types, ILogger? logger, out int offset)
    {
        string operation = $"Create map \"{map.Name}\"";
        if (!types.TryFind(ValuePrefix + name, logger, out StructType? value, out string? module))
        {
            throw types.Read() is null
                ? new FeatureNotSupportedException(operation, "BTF of its own (CONFIG_DEBUG_INFO_BTF)", new Version(5, 4))
                : new FeatureNotSupportedException(
                    operation,
                    $"struct_ops called {name}: there is no struct {ValuePrefix}{name} in its BTF, nor in that of a loaded module",
                    FeatureVersions.OfStructOps(name));
        }

        foreach (Member member in value.Members)
        {
            if (member.Type.Resolve() is not StructType type || type.Name != name) continue;
            offset = (int)member.Offset;
            if (offset <= value.Size && type.Size <= value.Size - offset) return new StructOpsTable(value, type, module);
        }

        throw new BpfException($"{operation}: the kernel's struct {value.Name} holds no struct {name}");
    }
}

/// <summary>A function of a struct_ops map.</summary>
/// <param name="Program">The program, by its name in the collection.</param>
/// <param name="Index">Which member of the kernel's struct.</param>
/// <param name="Offset">Where in the value its descriptor stands, as a number of 8 bytes.</param>
internal readonly record struct StructOpsFunction(string Program, int Index, int Offset);

/// <summary>What a struct_ops program is: a member of a struct.</summary>
/// <param name="TypeId">The BTF id of the struct.</param>
/// <param name="Index">The number of the member.</param>
/// <param name="Module">The module in whose BTF the struct is; <c>null</c> for the kernel's own.</param>
internal sealed record StructOpsMember(uint TypeId, int Index, string? Module);
