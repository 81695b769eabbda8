using Ebpf.Errors;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>An attachment that the kernel knows as an object of its own (<c>bpf_link</c>).</summary>
public sealed class KernelLink : BpfLink
{
    internal KernelLink(BpfHandle handle, LinkType type, string description)
        : base(handle, type, description)
    {
    }

    /// <summary>The number by which the kernel knows the link.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public uint Id
    {
        get
        {
            KernelLinkInfo info = default;
            Errno error = Handle.Kernel.GetInfo(Handle, ref info);
            return error == Errno.None
                ? info.Header.Id
                : throw Refusal.Explain(Handle.Kernel, $"Ask about {Description}", error);
        }
    }

    /// <summary>Puts another program in the place of the attached one, at once: no event goes unseen.</summary>
    /// <param name="program">A program of the same type.</param>
    /// <exception cref="BpfException">The kernel refused, or this kind of link cannot change its program.</exception>
    public void Update(BpfProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        Errno error = Handle.Kernel.UpdateLink(Handle, program.Handle);
        if (error != Errno.None)
            throw Refusal.Explain(Handle.Kernel, $"Replace {Description} by program \"{program.Name}\"", error);
    }
}
