using System.Globalization;
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
    /// <param name="cancellation">Ends it between two attempts.</param>
    /// <returns>The program; <c>null</c> if it was refused.</returns>
    /// <exception cref="OperationCanceledException">It was cancelled between two attempts.</exception>
    public BpfHandle? Load(ref ProgramLoadAttr attr, VerifierLogLevel level, out VerifierLog log, CancellationToken cancellation)
    {
        byte* buffer = (byte*)NativeMemory.Alloc((nuint)maxSize);
        try
        {
            *buffer = 0;
            attr.LogLevel = (uint)level;
            attr.Log = buffer;
            attr.LogSize = (uint)maxSize;
            attr.LogTrueSize = 0;
            BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error, cancellation);
            int length = new ReadOnlySpan<byte>(buffer, maxSize).IndexOf((byte)0);
            if (length < 0) length = maxSize;
            log = new VerifierLog(
                Encoding.UTF8.GetString(buffer, length), error, IsTruncated(error, length, attr.LogTrueSize), KeepsEnd: attr.LogTrueSize > 0);
            return log.IsTruncated ? LoadWithout(ref attr, ref log, cancellation) : handle;
        }
        finally
        {
            attr.Log = null;
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>
    /// Whether there was no room for the log, which makes the kernel refuse the program, good or not. Since Linux 6.4 it does so if
    /// the log was too long at any time (commit 1216640938035), says how long that was, and keeps the end; but at level 1 the
    /// verifier takes back what it wrote of paths that are good, so that what is left may be short, or nothing. Before, what is left
    /// counts, and is the beginning.
    /// </summary>
    private bool IsTruncated(Errno error, int length, uint trueSize) =>
        error == Errno.ENOSPC && (trueSize > (uint)maxSize || (trueSize == 0 && length >= maxSize - 1));

    /// <summary>Whether the program is good, and else for what it is refused, shows when no log is in the way.</summary>
    private BpfHandle? LoadWithout(ref ProgramLoadAttr attr, ref VerifierLog log, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        attr.LogLevel = 0;
        attr.Log = null;
        attr.LogSize = 0;
        BpfHandle? handle = kernel.LoadProgram(ref attr, out Errno error, cancellation);
        log = log with { Error = error };
        return handle;
    }
}

/// <summary>A log as the kernel gave it.</summary>
/// <param name="Text">The log.</param>
/// <param name="Error">Why the program was refused.</param>
/// <param name="IsTruncated">Whether the verifier wrote more than there was room for.</param>
/// <param name="KeepsEnd">
/// What is left of a truncated log: since Linux 6.4 its end, with the verdict; before, its beginning.
/// </param>
internal readonly record struct VerifierLog(string Text, Errno Error, bool IsTruncated, bool KeepsEnd)
{
    /// <summary>Whether the end is missing, where the verifier says what is wrong.</summary>
    public bool LacksVerdict => IsTruncated && !KeepsEnd;

    /// <summary>What to say in the place of the verdict.</summary>
    public string Explain() => string.Create(
        CultureInfo.InvariantCulture,
        $"the verifier's words are behind the {Text.Length:N0} bytes of the log that fit: kernels before 6.4 keep the beginning (CollectionOptions.MaxLogSize)");
}
