using Ebpf.Links.Tracing;

namespace Ebpf;

/// <content>Attaching iterators.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Attaches an iterator: a program that the kernel calls for each task, map, element of a map, socket or cgroup when somebody reads,
    /// and that writes what the reader gets. Since Linux 5.8.
    /// </summary>
    /// <remarks>
    /// Nothing runs before it is read: <see cref="BpfLink.OpenIterator"/>, <see cref="BpfLink.ReadRecords"/>. The link can be pinned, and
    /// the pin read like a file, with <c>cat</c> or <see cref="BpfIteratorStream.OpenPinned"/>.
    /// </remarks>
    /// <param name="scope">
    /// What it walks over, for the kinds that can choose; the kinds that walk over elements of a map need one. The default is
    /// <c>null</c>: all that there is.
    /// </param>
    /// <returns>The link; disposing it detaches the program. What was opened for reading before can be read to its end.</returns>
    /// <exception cref="InvalidOperationException">It is no iterator, or walks over elements of a map and is not told of which.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for iterators, or for <paramref name="scope"/>.</exception>
    /// <exception cref="BpfException">
    /// The program reads more of keys or values than the map has (EACCES), there is no such cgroup, or the kernel refused
    /// otherwise.
    /// </exception>
    public BpfLink AttachIterator(IteratorScope? scope = null) => IteratorHook.Attach(this, scope);
}
