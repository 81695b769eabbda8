using System.Runtime.InteropServices;

namespace Ebpf.Linux;

/// <summary>The number of a descriptor that stays open until this is disposed: for the time of a system call.</summary>
/// <remarks>
/// The only way to a number: one that bpf(2) gets inside a structure is not kept open by any marshaller.
/// </remarks>
internal readonly ref struct BorrowedDescriptor
{
    private readonly SafeHandle? _handle;

    public BorrowedDescriptor(SafeHandle? handle)
    {
        if (handle is null) return;
        bool held = false;
        handle.DangerousAddRef(ref held);
        _handle = handle;
        Descriptor = (int)handle.DangerousGetHandle();
    }

    /// <summary>The number; 0, which means "none" to bpf(2), if there is no handle.</summary>
    public int Descriptor { get; }

    public void Dispose() => _handle?.DangerousRelease();
}

/// <summary>Borrows descriptors: <c>using BorrowedDescriptor map = handle.Borrow();</c>.</summary>
internal static class BpfHandleBorrowing
{
    /// <summary>Keeps the descriptor open for the time of a call.</summary>
    /// <param name="handle">Its owner: ours, a socket's, a file's; <c>null</c> for "none".</param>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static BorrowedDescriptor Borrow(this SafeHandle? handle) => new(handle);
}
