using System.Text;
using Ebpf.Asm;
using Ebpf.Common;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>
/// Finds out whether a program can name any byte of a map's value, and not only those below 512 MiB (Linux commit
/// 12a1fe6e12db).
/// </summary>
internal static unsafe class WideMapOffsetProbe
{
    private const int LogSize = 4096;

    /// <summary>Loads a program that names a byte behind the end of a map.</summary>
    /// <returns>Whether it can; <c>null</c> if that cannot be told.</returns>
    public static bool? Probe(LinuxKernel kernel)
    {
        MapCreateAttr map = new() { Type = MapType.Array, KeySize = sizeof(uint), ValueSize = 1, MaxEntries = 1 };
        using BpfHandle? handle = kernel.ProbeMap(ref map, out _);
        if (handle is null) return null;
        using BorrowedDescriptor borrowed = handle.Borrow();
        InstructionList code = [Instruction.LoadMapValue(Register.R1, borrowed.Descriptor, 1u << 30), Instruction.Exit()];
        byte[] image = code.Encode(EndianReader.Host), log = new byte[LogSize];
        fixed (byte* instructions = image, text = log, license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = ProgramType.SocketFilter,
                InstructionCount = (uint)(image.Length / InstructionDecoder.SlotSize),
                Instructions = instructions,
                License = license,
                LogLevel = 1,
                Log = text,
                LogSize = LogSize,
            };
            kernel.ProbeProgram(ref attr, out _)?.Dispose();
        }

        // Every kernel refuses with EINVAL; the older ones say that they would take no offset as large as this.
        string reason = Encoding.UTF8.GetString(log);
        return reason.Contains("direct value offset of", StringComparison.Ordinal) ? false
            : reason.Contains("invalid access to map value", StringComparison.Ordinal) ? true
            : null;
    }
}
