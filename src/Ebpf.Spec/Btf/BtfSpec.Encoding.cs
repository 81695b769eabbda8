using Ebpf.Btf.Building;
using Ebpf.Common;

namespace Ebpf;

/// <content>Encoding for another byte order, or for a kernel.</content>
public sealed partial class BtfSpec
{
    /// <summary>Encodes the BTF in the given byte order.</summary>
    /// <param name="byteOrder">The byte order of the result.</param>
    /// <returns>A new array with the encoded BTF.</returns>
    /// <exception cref="ObjectFormatException">
    /// <paramref name="byteOrder"/> is not <see cref="ByteOrder"/>, and there are types of a kind that is not known, whose
    /// bytes cannot be reversed.
    /// </exception>
    public byte[] ToArray(ByteOrder byteOrder)
    {
        byteOrder.Check(nameof(byteOrder));
        if (byteOrder == ByteOrder) return ToArray();
        uint[] words = new uint[OwnWords];
        CopyOwnWords(words);
        return BtfWriter.Write(byteOrder, words, Strings.Bytes, HasLayout);
    }

    /// <summary>
    /// Encodes the types for <c>BPF_BTF_LOAD</c> under the same ids: without externs, and with replacements for what the kernel does
    /// not know.
    /// </summary>
    /// <exception cref="BpfException">The BTF has another byte order than this machine, or is split BTF.</exception>
    internal byte[] EncodeForKernel(BtfKernelSupport support = BtfKernelSupport.All) => KernelEncoder.Encode(this, _image, support);
}
