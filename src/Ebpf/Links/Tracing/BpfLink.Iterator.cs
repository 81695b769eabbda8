using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>Reading iterators.</content>
public sealed partial class BpfLink
{
    /// <summary>Opens an iterator (<see cref="BpfProgram.AttachIterator"/>) for one reading from its beginning to its end.</summary>
    /// <returns>The stream, which the caller disposes. It does not need the link any more.</returns>
    /// <exception cref="InvalidOperationException">It is no link of an iterator.</exception>
    /// <exception cref="ObjectDisposedException">The link is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public BpfIteratorStream OpenIterator()
    {
        if (Type != LinkType.Iter || Handle is not { } link)
            throw new InvalidOperationException($"Read {Description}: it is a {Type} link, and only iterators can be read.");
        BpfHandle? iterator = link.Kernel.CreateIterator(link, out Errno error);
        return iterator is null
            ? throw Refusal.Explain(link.Kernel, $"Open {Description}", error, Privileges.Bpf)
            : new BpfIteratorStream(iterator, Description);
    }

    /// <summary>
    /// Reads an iterator (<see cref="BpfProgram.AttachIterator"/>) as records, for programs that write values of one type with
    /// <c>bpf_seq_write</c>.
    /// </summary>
    /// <typeparam name="T">The type of the records, with the layout that the BPF program uses.</typeparam>
    /// <returns>The records. Nothing is read before they are enumerated, and each time is a new walk.</returns>
    /// <exception cref="InvalidOperationException">It is no link of an iterator.</exception>
    public BpfIteratorRecords<T> ReadRecords<T>()
        where T : unmanaged =>
        Type == LinkType.Iter
            ? new(this)
            : throw new InvalidOperationException($"Read {Description}: it is a {Type} link, and only iterators can be read.");
}
