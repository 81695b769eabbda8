namespace Ebpf.Linux;

/// <summary>Memory of a map that is mapped into this process.</summary>
/// <remarks>
/// <para>
/// References into it can outlive it: a <c>ref</c>, a span, or a read that is under way while another thread closes it.
/// So closing never leaves a hole that would crash the process, or be filled with somebody else's memory: it puts
/// private zeros in the place of the map's memory, which the kernel can then let go. The addresses themselves are given
/// back when nothing holds this object any more, which whoever reads does until it has read; and never, if a reference
/// was handed out, since the garbage collector does not see that. Only memory that belongs at one address, an arena, takes the
/// place of what was closed there (<see cref="VacatedPlaces"/>): references to the one are then references to the other.
/// </para>
/// <para>
/// For the same reason memory of which a reference was handed out is not closed by the garbage collector, but only by
/// <see cref="Close"/>.
/// </para>
/// </remarks>
internal sealed unsafe class MappedMemory
{
    private readonly LinuxKernel _kernel;
    private readonly bool _isFixed;
    private readonly byte* _start;
    private readonly nuint _length;
    private VacatedPlace? _vacated;
    private volatile bool _isClosed, _isHandedOut;
    private int _users = 1;

    private MappedMemory(LinuxKernel kernel, nint start, nuint length, bool isWritable, bool isFixed)
    {
        _isFixed = isFixed;
        _kernel = kernel;
        _start = (byte*)start;
        _length = length;
        IsWritable = isWritable;
    }

    ~MappedMemory()
    {
        if (_isHandedOut) return;
        if (_vacated is not null) VacatedPlaces.Release(_vacated);
        else _kernel.Munmap((nint)_start, _length);
    }

    /// <summary>Whether it can be written to; a write to memory that cannot would end the process.</summary>
    public bool IsWritable { get; }

    /// <summary>Where it begins.</summary>
    public ulong Address => (ulong)_start;

    /// <summary>Maps the memory of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="length">How many bytes; the kernel counts in pages.</param>
    /// <param name="isWritable">Whether it is to be written to.</param>
    /// <param name="address">Where, if that matters; 0 leaves it to the kernel. What is there already stays.</param>
    /// <param name="error">Why it was not mapped.</param>
    /// <returns>The memory; <c>null</c> after an error.</returns>
    public static MappedMemory? TryMap(BpfHandle map, nuint length, bool isWritable, ulong address, out Errno error)
    {
        MemoryProtection protection = isWritable ? MemoryProtection.Read | MemoryProtection.Write : MemoryProtection.Read;
        using BorrowedDescriptor borrowed = map.Borrow();
        MemoryMapping mapping = address == 0 ? MemoryMapping.Shared : MemoryMapping.Shared | MemoryMapping.FixedNoReplace;
        CallResult result = map.Kernel.Mmap((nint)address, length, protection, mapping, borrowed.Descriptor, 0);
        if (result.Error == Errno.EEXIST)
        {
            int descriptor = borrowed.Descriptor;
            result = VacatedPlaces.TakeOver(
                map.Kernel,
                (nuint)address,
                length,
                () => map.Kernel.Mmap(
                    (nint)address, length, protection, MemoryMapping.Shared | MemoryMapping.Fixed, descriptor, 0));
        }

        error = result.Error;
        return result.Failed ? null : new MappedMemory(map.Kernel, result.Address, length, isWritable, address != 0);
    }

    /// <summary>
    /// The place of a byte, for a read or a write that is made at once; the caller keeps this object alive until then.
    /// </summary>
    /// <param name="offset">Which byte; the caller has checked that it, and what follows, are within the memory.</param>
    /// <exception cref="ObjectDisposedException">The memory is closed.</exception>
    public byte* At(nuint offset)
    {
        if (_isClosed) ThrowClosed();
        return _start + offset;
    }

    /// <summary>The place of a byte, to be kept: from now on the addresses are never given back.</summary>
    /// <param name="offset">As for <see cref="At"/>.</param>
    /// <exception cref="ObjectDisposedException">The memory is closed.</exception>
    public ref byte HandOut(nuint offset)
    {
        // Before looking whether it is closed: who closes it meanwhile leaves zeros in its place in any case.
        _isHandedOut = true;
        return ref *At(offset);
    }

    /// <summary>The same memory for one more user, who closes it too.</summary>
    public MappedMemory Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Releases the map's memory, if no other user is left. Each user closes once.</summary>
    public void Close()
    {
        if (Interlocked.Decrement(ref _users) != 0) return;
        _isClosed = true;

        // One step, in which there is something at the addresses all the time. Should the kernel refuse (a machine
        // that promises no memory that it does not have), the map's memory stays.
        MapZeros(_kernel, (nuint)_start, _length, MemoryMapping.Fixed);
        if (_isFixed) _vacated = VacatedPlaces.Add(_kernel, (nuint)_start, _length);

        GC.KeepAlive(this);
    }

    /// <summary>Maps private zeros at an address.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="start">The address.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="placing">Whether they take the place of what is there.</param>
    public static CallResult MapZeros(LinuxKernel kernel, nuint start, nuint length, MemoryMapping placing) => kernel.Mmap(
        (nint)start,
        length,
        MemoryProtection.Read | MemoryProtection.Write,
        MemoryMapping.Private | MemoryMapping.Anonymous | MemoryMapping.NoReserve | placing,
        -1,
        0);

    private static void ThrowClosed() => throw new ObjectDisposedException("BpfMap");
}
