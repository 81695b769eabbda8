using System.Runtime.InteropServices;

namespace Ebpf.Linux;

/// <summary>The number of a descriptor that stays open until this is disposed: for the time of a system call.</summary>
/// <remarks>
/// The only way to a number: one that bpf(2) gets inside a structure is not kept open by any marshaller.
/// </remarks>
internal readonly ref struct BorrowedDescriptor
{
    private readonly BpfHandle? _own;
    private readonly SafeHandle? _other;

    public BorrowedDescriptor(BpfHandle? handle)
    {
        if (handle is null) return;
        Descriptor = handle.BeginUse();
        _own = handle;
    }

    public BorrowedDescriptor(SafeHandle? handle)
    {
        if (handle is null) return;
        bool held = false;
        handle.DangerousAddRef(ref held);
        Descriptor = (int)handle.DangerousGetHandle();
        _other = handle;
    }

    /// <summary>The number; 0, which means "none" to bpf(2), if there is no handle.</summary>
    public int Descriptor { get; }

    public void Dispose()
    {
        _own?.EndUse();
        _other?.DangerousRelease();
    }
}

/// <summary>Borrows descriptors: <c>using BorrowedDescriptor map = handle.Borrow();</c>.</summary>
internal static class BpfHandleBorrowing
{
    /// <summary>Keeps the descriptor open for the time of a call.</summary>
    /// <param name="handle">Its owner; <c>null</c> for "none".</param>
    /// <exception cref="ObjectDisposedException">The handle is closed.</exception>
    public static BorrowedDescriptor Borrow(this BpfHandle? handle) => new(handle);

    /// <summary>Keeps the descriptor of a socket, a file or the like open for the time of a call.</summary>
    /// <inheritdoc cref="Borrow(BpfHandle?)"/>
    public static BorrowedDescriptor Borrow(this SafeHandle? handle) => handle is BpfHandle own ? new(own) : new(handle);
}

/// <summary>The numbers of several descriptors that stay open until this is disposed: for the time of a system call.</summary>
internal readonly ref struct BorrowedDescriptors
{
    private readonly BpfHandle[] _handles;
    private readonly int[] _descriptors;

    /// <summary>Keeps descriptors open.</summary>
    /// <param name="handles">Their owners; they may repeat.</param>
    /// <exception cref="ObjectDisposedException">One of them is closed; the message says of what it was.</exception>
    public BorrowedDescriptors(BpfHandle[] handles)
    {
        _handles = handles;
        _descriptors = handles.Length == 0 ? [] : new int[handles.Length];
        for (int i = 0; i < handles.Length; i++)
        {
            try
            {
                _descriptors[i] = handles[i].BeginUse();
            }
            catch
            {
                while (--i >= 0) handles[i].EndUse();
                throw;
            }
        }
    }

    /// <summary>The number of a descriptor.</summary>
    /// <param name="index">Its position among the handles.</param>
    public int this[int index] => _descriptors[index];

    public void Dispose()
    {
        foreach (BpfHandle handle in _handles ?? []) handle.EndUse();
    }
}
