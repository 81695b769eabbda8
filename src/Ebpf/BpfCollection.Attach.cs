using Ebpf.Links.Attaching;

namespace Ebpf;

/// <content>Attaching.</content>
public sealed partial class BpfCollection
{
    /// <summary>
    /// Attaches every program whose section's name says where, or which the options give a target, and every struct_ops map: all of them, or
    /// none.
    /// </summary>
    /// <param name="options">Targets that the sections cannot say, and what is left out; <c>null</c> for the defaults.</param>
    /// <returns>
    /// The links, which the caller disposes, and what became of each program: those for which nothing says where are there too, with the
    /// reason. The collection may be disposed before the links, which keep their programs; but struct_ops maps without a link of the
    /// kernel's, and maps that programs only use, are closed with it.
    /// </returns>
    /// <exception cref="ArgumentException">The options name a program or a map that the collection does not have.</exception>
    /// <exception cref="InvalidOperationException">A program is of another kind than its target demands.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old for a program's way of attaching.</exception>
    /// <exception cref="BpfException">
    /// A target does not exist, or the kernel refused otherwise: what was attached before is detached again, unless
    /// <see cref="AttachAllOptions.KeepGoing"/> is set, with which this is never thrown.
    /// </exception>
    public BpfLinkSet AttachAll(AttachAllOptions? options = null) => AttachRun.AttachAll(Programs, Maps, options ?? new());
}
