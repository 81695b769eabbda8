using System.Text;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>The output of the program (Linux 6.17).</content>
public sealed partial class BpfProgram
{
    private const uint StandardOutput = 1, StandardError = 2;

    /// <summary>
    /// Reads and removes what the program has printed to its standard output with <c>bpf_stream_printk</c>. Since Linux 6.17.
    /// </summary>
    /// <param name="buffer">Receives the bytes. What does not fit stays for the next call.</param>
    /// <returns>The number of bytes read; 0 if there are none. They may end in the middle of a UTF-8 character.</returns>
    /// <remarks>The kernel keeps at most 100,000 bytes, and drops what is printed beyond them.</remarks>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public int ReadStandardOutput(Span<byte> buffer) => ReadStream(StandardOutput, buffer);

    /// <summary>
    /// Reads and removes what the program, or the kernel about it, has written to its standard error: faults in arenas, loops
    /// that took too long, deadlocks, each with a stack trace. Since Linux 6.17.
    /// </summary>
    /// <inheritdoc cref="ReadStandardOutput(Span{byte})"/>
    public int ReadStandardError(Span<byte> buffer) => ReadStream(StandardError, buffer);

    /// <summary>Reads and removes everything that the program has printed to its standard output, as text. Since Linux 6.17.</summary>
    /// <returns>The text; empty if there is none.</returns>
    /// <inheritdoc cref="ReadStandardOutput(Span{byte})"/>
    public string ReadStandardOutput() => ReadStream(StandardOutput);

    /// <summary>
    /// Reads and removes everything that the program, or the kernel about it, has written to its standard error, as text. Since Linux 6.17.
    /// </summary>
    /// <returns>The text; empty if there is none.</returns>
    /// <inheritdoc cref="ReadStandardOutput(Span{byte})"/>
    public string ReadStandardError() => ReadStream(StandardError);

    private string ReadStream(uint stream)
    {
        // What the kernel keeps at most (BPF_STREAM_MAX_CAPACITY): a program that prints without end is not followed for ever.
        const int most = 100_000;
        byte[] buffer = new byte[most];
        int length = 0;
        while (length < most)
        {
            int read = ReadStream(stream, buffer.AsSpan(length));
            if (read == 0) break;
            length += read;
        }

        return Encoding.UTF8.GetString(buffer, 0, length);
    }

    private int ReadStream(uint stream, Span<byte> buffer)
    {
        int read = Kernel.ReadStream(Handle, stream, buffer, out Errno error);
        if (error == Errno.None) return read;
        string operation = $"Read what program \"{Name}\" has printed";
        Version since = new(6, 17);
        throw error == Errno.EINVAL && KernelFacts.Of(Kernel).Version < since
            ? new FeatureNotSupportedException(operation, "streams of programs", since, error)
            : Refusal.Explain(Kernel, operation, error, Privileges.Bpf);
    }
}
