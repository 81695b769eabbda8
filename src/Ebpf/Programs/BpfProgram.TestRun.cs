using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>Running for trial.</content>
public sealed partial class BpfProgram
{
    /// <summary>Runs the program once on a packet, and returns what it returned. Since Linux 4.12.</summary>
    /// <param name="packet">The packet: at least 14 bytes, an Ethernet header.</param>
    /// <exception cref="BpfException">The kernel refused: not every kind of program can be run for trial.</exception>
    public unsafe uint TestRun(ReadOnlySpan<byte> packet)
    {
        fixed (byte* data = packet)
        {
            ProgramTestRunAttr attr = new() { DataIn = data, DataInSize = (uint)packet.Length };
            Run(ref attr, repeat: 1);
            return attr.ReturnValue;
        }
    }

    /// <summary>Runs the program for trial. Since Linux 4.12.</summary>
    /// <param name="options">What the program is given, and how often it runs.</param>
    /// <exception cref="BpfException">The kernel refused: not every kind of program can be run for trial.</exception>
    public unsafe TestRunResult TestRun(TestRunOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Repeat, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(options.Headroom);
        byte[] dataOut = options.Data.IsEmpty ? [] : new byte[options.Data.Length + options.Headroom];
        byte[] contextOut = options.Context.IsEmpty ? [] : new byte[options.Context.Length];
        ReadOnlySpan<byte> contextIn = options.Context.Span;

        // A syscall program changes the context in place, and the kernel refuses a second buffer.
        if (Type == ProgramType.Syscall)
        {
            contextIn.CopyTo(contextOut);
            contextIn = contextOut;
        }

        fixed (byte* dataInPointer = options.Data.Span, dataOutPointer = dataOut)
        fixed (byte* contextInPointer = contextIn, contextOutPointer = contextOut)
        {
            ProgramTestRunAttr attr = new()
            {
                DataIn = dataInPointer,
                DataInSize = (uint)options.Data.Length,
                DataOut = dataOutPointer,
                DataOutSize = (uint)dataOut.Length,
                ContextIn = contextInPointer,
                ContextInSize = (uint)contextIn.Length,
                ContextOut = Type == ProgramType.Syscall ? null : contextOutPointer,
                ContextOutSize = Type == ProgramType.Syscall ? 0 : (uint)contextOut.Length,
                Flags = options.Flags,
                Cpu = (uint)options.Cpu,
            };
            Run(ref attr, options.Repeat);
            return new TestRunResult(
                attr.ReturnValue,
                dataOut[..Math.Min((int)attr.DataOutSize, dataOut.Length)],
                Type == ProgramType.Syscall ? contextOut : contextOut[..Math.Min((int)attr.ContextOutSize, contextOut.Length)],
                attr.Duration);
        }
    }

    private void Run(ref ProgramTestRunAttr attr, int repeat)
    {
        // Tracing programs refuse any repeat but none; for the others 0 is once.
        attr.Repeat = repeat == 1 ? 0 : (uint)repeat;
        Errno error = Handle.Kernel.TestRun(Handle, ref attr);
        if (error == Errno.None) return;
        string operation = $"Run program \"{Name}\" for trial";
        throw error switch
        {
            Errno.ENOTSUPP or Errno.EOPNOTSUPP =>
                new BpfException(operation, error, $"{Type} programs cannot be run for trial on this kernel"),
            Errno.EINVAL when attr.DataInSize is > 0 and < 14 =>
                new BpfException(operation, error, "a packet has at least the 14 bytes of an Ethernet header"),
            Errno.ENOSPC => new BpfException(operation, error, "the packet grew by more than the headroom"),
            _ => Refusal.Explain(Handle.Kernel, operation, error),
        };
    }
}
