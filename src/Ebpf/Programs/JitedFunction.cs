using Ebpf.Btf;

namespace Ebpf;

/// <summary>Describes the machine code of one function of a program (<see cref="BpfProgram.ReadJitedCode"/>).</summary>
public sealed record JitedFunction
{
    /// <summary>Gets the name of the function; empty for one without BTF that is not the program itself.</summary>
    public string Name { get; init; } = "";

    /// <summary>Gets the address of the code in the kernel; <c>null</c> if the kernel hides it.</summary>
    public ulong? Address { get; init; }

    /// <summary>Gets the code, in the instruction set of this machine.</summary>
    public ReadOnlyMemory<byte> Code { get; init; }

    /// <summary>Gets the lines of the source, in ascending order of their offsets; empty if unknown.</summary>
    public IReadOnlyList<JitedLine> Lines { get; init; } = [];
}

/// <summary>Describes where the machine code of a line of the source begins.</summary>
public sealed record JitedLine
{
    /// <summary>Gets the offset in bytes from the beginning of the function.</summary>
    public int Offset { get; init; }

    /// <summary>Gets the line of source.</summary>
    public required LineInfo Line { get; init; }
}
