namespace Ebpf.Asm;

/// <summary>Specifies what an instruction refers to by name.</summary>
public enum ReferenceKind : byte
{
    /// <summary>A place in the same function, to which the instruction jumps.</summary>
    Label,

    /// <summary>A map. Once the map exists, its descriptor is the lower half of the immediate.</summary>
    Map,

    /// <summary>
    /// The value of a map. The upper half of the immediate is an offset in it, the lower half the map's descriptor.
    /// </summary>
    MapValue,

    /// <summary>A function of the program, which the instruction calls.</summary>
    Function,

    /// <summary>A function of the program, whose address the instruction loads.</summary>
    FunctionAddress,

    /// <summary>A kfunc, which the instruction calls.</summary>
    Kfunc,

    /// <summary>A variable or a function of the kernel, whose address the instruction loads.</summary>
    Ksym,

    /// <summary>A setting of the kernel, whose address in the map <c>.kconfig</c> the instruction loads.</summary>
    Kconfig,

    /// <summary>
    /// The jump table of a <c>gotox</c>, with <see cref="Reference.Targets"/>. The lower half of the immediate is the descriptor
    /// of an instruction array, once that exists (Linux 6.19).
    /// </summary>
    JumpTable,

    /// <summary>A symbol that the object leaves undefined, and that the user must supply.</summary>
    Symbol,
}
