using Ebpf.Asm;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>One function of the object: the same code of all programs that have it.</summary>
/// <param name="name">Its name.</param>
/// <param name="code">The instructions, which are the function's alone.</param>
internal sealed class WrittenFunction(string name, InstructionList code)
{
    public string Name { get; } = name;

    public InstructionList Code { get; } = code;

    /// <summary>What its calls and addresses of functions lead to, by the index of the instruction.</summary>
    public Dictionary<int, WrittenFunction> Callees { get; } = [];

    /// <summary>The name of the program that it is, in the collection; <c>null</c> for one that programs call.</summary>
    public string? Program { get; init; }

    /// <summary>Where it begins in its section, in bytes.</summary>
    public uint Offset { get; set; }

    public uint Size => (uint)(Code.SlotCount * InstructionDecoder.SlotSize);

    public ElfOutputSection Section { get; set; } = null!;

    public ElfOutputSymbol Symbol { get; set; } = null!;

    /// <summary>Whether other objects can refer to it.</summary>
    public bool IsGlobal { get; set; }
}
