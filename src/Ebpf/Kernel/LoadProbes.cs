using System.Text;
using Ebpf.Asm;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>Finds out what the verifier knows, by loading small programs.</summary>
/// <remarks>Each probe answers yes, no, or <c>null</c>: the kernel refused for a reason that says nothing.</remarks>
internal static unsafe class LoadProbes
{
    private const int LogSize = 4096;

    /// <summary>Whether a program can ask for the cookie with which it was attached (<c>bpf_get_attach_cookie</c>, Linux 5.15).</summary>
    public static bool? BpfCookie(LinuxKernel kernel)
    {
        InstructionList code = [Instruction.Call(Helper.GetAttachCookie), Instruction.Exit()];
        return Load(kernel, ProgramType.Tracepoint, code, out _) switch
        {
            Errno.None => true,
            Errno.EINVAL => false,
            _ => null,
        };
    }

    /// <summary>
    /// Whether a program can name any byte of a map's value, and not only those below 512 MiB (Linux commit 12a1fe6e12db).
    /// </summary>
    public static bool? WideMapOffsets(LinuxKernel kernel)
    {
        MapCreateAttr map = new() { Type = MapType.Array, KeySize = sizeof(uint), ValueSize = 1, MaxEntries = 1 };
        using BpfHandle? handle = kernel.CreateMap(ref map, out _);
        if (handle is null) return null;
        using BorrowedDescriptor borrowed = handle.Borrow();
        InstructionList code = [Instruction.LoadMapValue(Register.R1, borrowed.Descriptor, 1u << 30), Instruction.Exit()];

        // No kernel takes an offset behind the end, but the older ones say that they would take none as large as this.
        Load(kernel, ProgramType.SocketFilter, code, out string log);
        return log.Contains("direct value offset of", StringComparison.Ordinal) ? false
            : log.Contains("invalid access to map value", StringComparison.Ordinal) ? true
            : null;
    }

    private static Errno Load(LinuxKernel kernel, ProgramType type, InstructionList code, out string log)
    {
        byte[] image = code.Encode(EndianReader.Host), buffer = new byte[LogSize];
        fixed (byte* instructions = image, text = buffer, license = "GPL\0"u8)
        {
            ProgramLoadAttr attr = new()
            {
                Type = type,
                InstructionCount = (uint)(image.Length / InstructionDecoder.SlotSize),
                Instructions = instructions,
                License = license,
                LogLevel = 1,
                Log = text,
                LogSize = LogSize,
            };
            kernel.LoadProgram(ref attr, out Errno error)?.Dispose();
            int length = buffer.AsSpan().IndexOf((byte)0);
            log = Encoding.UTF8.GetString(buffer, 0, length < 0 ? LogSize : length);
            return error;
        }
    }
}
