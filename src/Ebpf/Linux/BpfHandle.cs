using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Represents a file descriptor of a kernel object: a map, a program, a link, BTF, a token, a perf event.</summary>
/// <remarks>
/// The descriptor is close-on-exec, and never 0, which means "none" to bpf(2). A call that is using it keeps it open, even while
/// another thread disposes the handle.
/// </remarks>
public sealed class BpfHandle : SafeHandle
{
    /// <summary>What <see cref="_uses"/> is once nobody can use the descriptor any more: far from 0, whoever still tries.</summary>
    private const int Closed = int.MinValue / 2;

    private readonly LinuxKernel _kernel;

    /// <summary>
    /// The calls that use the descriptor now, and its owner. Beside the count of the base class, whose two steps take twice as long
    /// as these: they are a part of every look-up.
    /// </summary>
    private int _uses = 1;

    private volatile bool _disposed;

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

    /// <summary>The object that users know, whose text says which one was used after it was disposed; <c>null</c> for none.</summary>
    internal object? Owner { get; set; }

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

    /// <summary>Keeps the descriptor open until <see cref="EndUse"/>.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    internal int BeginUse()
    {
        if (_disposed) ThrowClosed();
        if (Interlocked.Increment(ref _uses) <= 1)
        {
            // Disposed meanwhile, and not in use: closed already, or about to be, by this thread if it was the faster one.
            EndUse();
            ThrowClosed();
        }

        return (int)handle;
    }

    /// <summary>Ends a use; the last one closes the descriptor.</summary>
    internal void EndUse()
    {
        if (Interlocked.Decrement(ref _uses) == 0) CloseUnlessUsedAgain();
    }

    /// <summary>A second descriptor of the same kernel object.</summary>
    internal BpfHandle? Duplicate(out Errno error)
    {
        using BorrowedDescriptor own = this.Borrow();
        return Take(_kernel, _kernel.Duplicate(own.Descriptor), out error);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
        {
            base.Dispose(disposing: false);
        }
        else if (!Interlocked.Exchange(ref _disposed, true))
        {
            EndUse();
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => !_kernel.Close((int)handle).Failed;

    [DoesNotReturn]
    private void ThrowClosed() => throw new ObjectDisposedException(Owner?.ToString() ?? nameof(BpfHandle));

    private void CloseUnlessUsedAgain()
    {
        if (Interlocked.CompareExchange(ref _uses, Closed, 0) == 0) base.Dispose(disposing: true);
    }
}
