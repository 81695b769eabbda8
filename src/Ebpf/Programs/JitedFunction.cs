using Ebpf.Btf;

namespace Ebpf;

/// <summary>The machine code of one function of a program.</summary>
/// <param name="Name">The name of the function; empty for one without BTF that is not the program itself.</param>
/// <param name="Address">
/// Where the code is in the kernel; <c>null</c> if the kernel tells only the code.
/// </param>
/// <param name="Code">The bytes, in the instruction set of this machine.</param>
/// <param name="Lines">The lines of the source, in ascending order of their offsets; empty if they are not known.</param>
public sealed record JitedFunction(string Name, ulong? Address, ReadOnlyMemory<byte> Code, IReadOnlyList<JitedLine> Lines);

/// <summary>Where the machine code of a line of the source begins.</summary>
/// <param name="Offset">In bytes from the beginning of the function.</param>
/// <param name="Line">The line.</param>
public readonly record struct JitedLine(int Offset, LineInfo Line);
