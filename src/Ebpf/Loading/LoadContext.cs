using Ebpf.Linux;

namespace Ebpf;

/// <summary>What the steps of loading a collection share.</summary>
/// <param name="Spec">What is loaded. It is not changed.</param>
/// <param name="Options">How.</param>
/// <param name="Kernel">Into which kernel.</param>
/// <param name="Collection">What takes the objects; undone as a whole after a failure.</param>
internal sealed record LoadContext(CollectionSpec Spec, CollectionOptions Options, LinuxKernel Kernel, BpfCollection Collection)
{
    /// <summary>Why the kernel refused the types of the object, so that all goes on without them; <c>null</c> if it did not.</summary>
    public string? TypesRefusal { get; set; }
}
