using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Linux;

namespace Ebpf.Verifier;

/// <summary>Loads programs with a log.</summary>
/// <remarks>
/// The verifier is asked once, with all the room that the log may take: what it does not write to costs address space only, and
/// asking again costs another verification.
/// </remarks>
internal sealed unsafe class VerifierLogCapture(LinuxKernel kernel, int maxSize)
{
    /// <summary>Loads a program.</summary>
    /// <param name="attr">The program; its log's fields are set here.</param>
    /// <param name="level">What is written.</param>
    /// <param name="log">The log, of an accepted program too.</param>
    /// <returns>The program; <c>null</c> if it was refused.</returns>
    public BpfHandle? Load(ref ProgramLoadAttr attr, VerifierLogLevel level, out VerifierLog log)
    {
        byte* buffer = (byte*)NativeMemory.Alloc((nuint)maxSize);
        try
        {
            *buffer = 0;
            attr.LogLevel = (uint)level;
            attr.Log = buffer;
            attr.LogSize = (uint)maxSize;
            attr.LogTrueSize = 0;
            BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error);
            int length = new ReadOnlySpan<byte>(buffer, maxSize).IndexOf((byte)0);
            if (length < 0) length = maxSize;

            // A log for which there is no room makes the kernel refuse the program, good or not. Since Linux 6.4 the kernel
            // says how much it would have written, and keeps the end.
            bool isTruncated = error == Errno.ENOSPC && length >= maxSize - 1;
            log = new VerifierLog(Encoding.UTF8.GetString(buffer, length), error, isTruncated, KeepsEnd: attr.LogTrueSize > 0);
            return isTruncated ? LoadWithout(ref attr, ref log) : handle;
        }
        finally
        {
            attr.Log = null;
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>Whether the program is good, and else for what it is refused, shows when no log is in the way.</summary>
    private BpfHandle? LoadWithout(ref ProgramLoadAttr attr, ref VerifierLog log)
    {
        attr.LogLevel = 0;
        attr.Log = null;
        attr.LogSize = 0;
        BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error);
        log = log with { Error = error };
        return handle;
    }
}
