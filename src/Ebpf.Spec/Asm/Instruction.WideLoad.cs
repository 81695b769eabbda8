namespace Ebpf.Asm;

// Loads of 64-bit immediates, and of what the kernel puts in place of one.
public partial struct Instruction
{
    /// <summary><c>rD = imm ll</c>: loads a 64-bit immediate.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="immediate">The value.</param>
    public static Instruction LoadImmediate64(Register destination, long immediate) =>
        WideLoad(destination, WideLoadKind.Immediate, immediate);

    /// <summary><c>rD = map "name" ll</c>: loads the map of this name.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="name">The name of the map in the collection.</param>
    public static Instruction LoadMap(Register destination, string name) =>
        WideLoad(destination, WideLoadKind.Map, 0) with { Reference = new(ReferenceKind.Map, name) };

    /// <summary><c>rD = map_fd fd ll</c>: loads an open map.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="descriptor">The map's file descriptor.</param>
    public static Instruction LoadMap(Register destination, int descriptor) =>
        WideLoad(destination, WideLoadKind.Map, (uint)descriptor);

    /// <summary>
    /// <c>rD = map_value "name" + offset ll</c>: loads an address in the first value of the map of this name (Linux
    /// 5.2).
    /// </summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="name">The name of the map in the collection.</param>
    /// <param name="offset">The offset in the value, in bytes.</param>
    public static Instruction LoadMapValue(Register destination, string name, uint offset = 0) =>
        LoadMapValue(destination, 0, offset) with { Reference = new(ReferenceKind.MapValue, name) };

    /// <summary>
    /// <c>rD = map_value fd + offset ll</c>: loads an address in the first value of an open map (Linux 5.2).
    /// </summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="descriptor">The map's file descriptor.</param>
    /// <param name="offset">The offset in the value, in bytes.</param>
    public static Instruction LoadMapValue(Register destination, int descriptor, uint offset = 0) =>
        WideLoad(destination, WideLoadKind.MapValue, (long)(((ulong)offset << 32) | (uint)descriptor));

    /// <summary>
    /// <c>rD = func name ll</c>: loads the address of a function of the program, for helpers that call back (Linux
    /// 5.13).
    /// </summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="name">The name of the function: the <see cref="Symbol"/> of its first instruction.</param>
    public static Instruction LoadFunctionAddress(Register destination, string name) =>
        WideLoad(destination, WideLoadKind.Function, uint.MaxValue) with
        {
            Reference = new(ReferenceKind.FunctionAddress, name),
        };

    /// <summary><c>rD = ksym "name" ll</c>: loads the address of a variable or a function of the kernel.</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="name">The name of the variable or function.</param>
    public static Instruction LoadKsym(Register destination, string name) =>
        WideLoad(destination, WideLoadKind.KernelVariable, 0) with { Reference = new(ReferenceKind.Ksym, name) };

    /// <summary><c>rD = kconfig "name" ll</c>: loads the address of a setting of the kernel (Linux 5.2).</summary>
    /// <param name="destination">The destination register.</param>
    /// <param name="name">The name of the setting: <c>CONFIG_HZ</c>.</param>
    public static Instruction LoadKconfig(Register destination, string name) =>
        WideLoad(destination, WideLoadKind.MapValue, 0) with { Reference = new(ReferenceKind.Kconfig, name) };

    private static Instruction WideLoad(Register destination, WideLoadKind kind, long immediate) =>
        new(OpCode.WideLoad, destination, (Register)kind, immediate: immediate);
}
