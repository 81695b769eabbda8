using Ebpf.Btf.Building;

namespace Ebpf;

/// <content>What the kernel is given.</content>
public sealed partial class BtfSpec
{
    /// <summary>
    /// Encodes the types for <c>BPF_BTF_LOAD</c> under the same ids: without externs, and with replacements for what the kernel does
    /// not know.
    /// </summary>
    /// <exception cref="BpfException">The BTF has another byte order than this machine, or is split BTF.</exception>
    internal byte[] EncodeForKernel(BtfKernelSupport support = BtfKernelSupport.All) => KernelEncoder.Encode(this, _image, support);
}
