using Ebpf.Maps.Views;

namespace Ebpf.Assigning;

/// <summary>What a property or field takes.</summary>
internal enum AssignedKind
{
    Map,
    Program,
    Variable,
    MapSpec,
    ProgramSpec,
    VariableSpec,
}

/// <summary>What the kinds are called, and which types they have.</summary>
internal static class AssignedKinds
{
    /// <summary>The kind that goes into a property of a type; <c>null</c> if none does.</summary>
    public static AssignedKind? Of(Type type) =>
        type == typeof(BpfMap) || IsView(type) ? AssignedKind.Map
        : type == typeof(BpfProgram) ? AssignedKind.Program
        : type == typeof(BpfVariable) ? AssignedKind.Variable
        : type == typeof(MapSpec) ? AssignedKind.MapSpec
        : type == typeof(ProgramSpec) ? AssignedKind.ProgramSpec
        : type == typeof(VariableSpec) ? AssignedKind.VariableSpec
        : null;

    /// <summary>Whether a type is a view of maps.</summary>
    public static bool IsView(Type type) => type is { IsClass: true, IsAbstract: false } && typeof(IMapView).IsAssignableFrom(type);

    /// <summary>Whether it is in the kernel.</summary>
    public static bool IsLive(this AssignedKind kind) => kind <= AssignedKind.Variable;

    /// <summary>The word for messages.</summary>
    public static string InWords(this AssignedKind kind) => kind switch
    {
        AssignedKind.Map or AssignedKind.MapSpec => "map",
        AssignedKind.Program or AssignedKind.ProgramSpec => "program",
        _ => "variable",
    };
}
