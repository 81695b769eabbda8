using System.Text;
using Ebpf.Btf.Building;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Tokens;

namespace Ebpf.BtfObjects;

/// <summary>Brings types into the kernel, and finds out why it refuses them.</summary>
internal static unsafe class BtfLoader
{
    private const int FirstLogSize = 64 * 1024;

    /// <summary>The kernel's own limit (<c>UINT_MAX &gt;&gt; 2</c> since Linux 5.2).</summary>
    private const int MaxLogSize = int.MaxValue >> 1;

    /// <summary>Loads types; in simpler kinds, if the kernel does not have the newer ones.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="types">The types.</param>
    /// <param name="explains">Whether to find out why the kernel refuses, which costs a second attempt.</param>
    /// <param name="refusal">Why the kernel refused, if asked for.</param>
    /// <param name="token">The token to use; <c>null</c> for the one that is found.</param>
    /// <returns>The types in the kernel; <c>null</c> if it refused.</returns>
    /// <exception cref="BpfException">The types have another byte order than this machine, or are split BTF.</exception>
    /// <exception cref="ObjectFormatException">The types are malformed.</exception>
    public static BpfHandle? Load(
        LinuxKernel kernel, BtfSpec types, bool explains, out BpfException? refusal, BpfHandle? token = null)
    {
        refusal = null;
        token = TokenSearch.Of(kernel).Choose(token);
        byte[] encoded = types.EncodeForKernel();
        BpfHandle? handle = kernel.LoadBtf(encoded, out Errno error, token);
        if (error is Errno.EINVAL or Errno.E2BIG)
        {
            // E2BIG: kernels before 7.1 do not know the longer header that the table of the sizes of kinds needs.
            BtfKernelSupport support = KernelBtfSupport.Of(kernel);
            encoded = types.EncodeForKernel(support);
            handle = kernel.LoadBtf(encoded, out error, token);
        }

        if (handle is not null || !explains) return handle;
        string operation = $"Load BTF of {types.Count - 1} types";
        if (error is Errno.EPERM or Errno.ENOSYS)
        {
            refusal = Refusal.Explain(kernel, operation, error, Privileges.Bpf, TokenRefusal.ExplainBtf(token, error));
            return null;
        }

        handle = LoadWithLog(kernel, encoded, token, out error, out string log);
        if (handle is null) refusal = new BtfLoadException(operation, error, log);
        return handle;
    }

    private static BpfHandle? LoadWithLog(
        LinuxKernel kernel, byte[] encoded, BpfHandle? token, out Errno error, out string log)
    {
        using BorrowedDescriptor borrowed = token.Borrow();
        fixed (byte* data = encoded)
        {
            for (int size = FirstLogSize; ;)
            {
                byte[] buffer = new byte[size];
                uint needed;
                fixed (byte* pointer = buffer)
                {
                    BtfLoadAttr attr = new()
                    {
                        Data = data,
                        Size = (uint)encoded.Length,
                        Log = pointer,
                        LogSize = (uint)size,
                        LogLevel = (uint)VerifierLogLevel.Branches,
                    };
                    attr.Use(in borrowed);
                    BpfHandle? handle = kernel.LoadBtf(ref attr, out error);
                    int length = buffer.AsSpan().IndexOf((byte)0);
                    log = Encoding.UTF8.GetString(buffer, 0, length < 0 ? size : length);

                    // A kernel before 6.4 keeps the beginning, and says what is wrong with the types rather than with the log.
                    bool isCut = error == Errno.ENOSPC || length < 0 || length == size - 1;
                    if (handle is not null || !isCut || size == MaxLogSize) return handle;
                    needed = attr.LogTrueSize;
                }

                // Since Linux 6.4 the kernel says how much it would have written.
                size = (int)Math.Min(Math.Max(needed, 4L * size), MaxLogSize);
            }
        }
    }
}
