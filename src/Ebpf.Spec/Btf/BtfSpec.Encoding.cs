using Ebpf.Btf.Building;
using Ebpf.Common;

namespace Ebpf;

/// <content>The BTF in other encodings: of another byte order, or as a kernel takes it.</content>
public sealed partial class BtfSpec
{
    /// <summary>Writes the BTF in a byte order of choice.</summary>
    /// <param name="byteOrder">The byte order of the machine that it is for.</param>
    /// <returns>The bytes, which are the caller's.</returns>
    /// <exception cref="ObjectFormatException">
    /// It is not the order of this BTF, and there are types of a kind that is not known, which cannot be turned round.
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
