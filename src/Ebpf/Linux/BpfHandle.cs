using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>A file descriptor of a kernel object: a map, a program, a link, a BTF, a token, a perf event.</summary>
/// <remarks>
/// The descriptor is close-on-exec and never 0, since 0 means "none" to bpf(2). It stays open while a call uses it,
/// even when another thread disposes the handle meanwhile.
/// </remarks>
public sealed class BpfHandle : SafeHandle
{
    private readonly LinuxKernel _kernel;

    private BpfHandle(LinuxKernel kernel, int descriptor)
        : base(-1, ownsHandle: true)
    {
        _kernel = kernel;
        SetHandle(descriptor);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle < 0;

    /// <summary>The kernel to which the descriptor belongs.</summary>
    internal LinuxKernel Kernel => _kernel;

    /// <summary>Takes a descriptor that a call returned.</summary>
    /// <param name="kernel">The kernel that gave it.</param>
    /// <param name="result">What the call returned.</param>
    /// <param name="error">The error of the call, or of moving the descriptor away from 0.</param>
    /// <returns>The handle; <c>null</c> after an error.</returns>
    internal static BpfHandle? Take(LinuxKernel kernel, CallResult result, out Errno error)
    {
        error = result.Error;
        if (error != Errno.None) return null;
        if (result.Value != 0) return new BpfHandle(kernel, result.Value);
        CallResult copy = kernel.Duplicate(0);
        kernel.Close(0);
        error = copy.Error;
        return copy.Failed ? null : new BpfHandle(kernel, copy.Value);
    }

    /// <summary>Keeps the garbage collector from ever closing the descriptor: only <c>Dispose</c> does.</summary>
    /// <remarks>
    /// For descriptors whose closing changes what the kernel does: a link detaches, and a program array is emptied when
    /// the last descriptor of it goes.
    /// </remarks>
    [SuppressMessage("Usage", "CA1816", Justification = "This handle is to have no finalizer from now on.")]
    internal void CloseOnlyOnDispose() => GC.SuppressFinalize(this);

    /// <summary>A second descriptor of the same kernel object.</summary>
    internal BpfHandle? Duplicate(out Errno error)
    {
        using BorrowedDescriptor own = this.Borrow();
        return Take(_kernel, _kernel.Duplicate(own.Descriptor), out error);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => !_kernel.Close((int)handle).Failed;
}
