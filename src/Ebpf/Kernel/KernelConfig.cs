using System.Buffers.Binary;
using System.IO.Compression;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The text from which the running kernel was configured: a line <c>CONFIG_HZ=250</c> for each setting.</summary>
internal static class KernelConfig
{
    /// <summary>The largest there are have about 300 KiB.</summary>
    private const int MaxSize = 16 << 20;

    /// <summary>Reads the text.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="text">Its bytes; empty if it is nowhere.</param>
    /// <param name="problem">The places where it is not, and why; empty if it was found.</param>
    /// <returns>Where it was found; <c>null</c> if it was not.</returns>
    public static string? Read(LinuxKernel kernel, out byte[] text, out string problem)
    {
        // The first is the running kernel's own (CONFIG_IKCONFIG_PROC); the second lies beside it on most distributions.
        problem = "";
        if (TryRead(kernel, KernelPaths.Config, out text, out string ownProblem)) return KernelPaths.Config;
        string beside = $"/boot/config-{KernelFacts.Of(kernel).Release}";
        if (TryRead(kernel, beside, out text, out string besideProblem)) return beside;
        text = [];
        problem = $"{ownProblem}, {besideProblem}";
        return null;
    }

    private static bool TryRead(LinuxKernel kernel, string path, out byte[] text, out string problem)
    {
        problem = "";
        Errno error = kernel.ReadFile(path, out text, MaxSize);
        if (error == Errno.None && TryUnpack(text, out text)) return true;
        problem = $"{path} {(error is Errno.None or Errno.EFBIG ? "is damaged, or too long" : $"cannot be read ({error})")}";
        return false;
    }

    private static bool TryUnpack(byte[] content, out byte[] text)
    {
        text = content;
        if (content is not [0x1f, 0x8b, _, _, ..]) return true;
        using GZipStream stream = new(new MemoryStream(content), CompressionMode.Decompress);
        using MemoryStream unpacked = new();
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (unpacked.Length <= MaxSize && stream.Read(buffer) is > 0 and int length) unpacked.Write(buffer, 0, length);
        }
        catch (InvalidDataException)
        {
            return false;
        }

        // A file that was cut off unpacks without an error; its length stands at its end (RFC 1952).
        text = unpacked.ToArray();
        return text.Length <= MaxSize && BinaryPrimitives.ReadUInt32LittleEndian(content.AsSpan(^4..)) == (uint)text.Length;
    }
}
