using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents the memory of an arena, which programs and user space share under the same addresses: a pointer that one of them
/// stores in it can be followed by the other. See <see cref="BpfMap.AsArena"/>. Since Linux 6.9.
/// </summary>
/// <remarks>
/// <para>
/// This is a view: the memory is released with the map. An arena is created like any map: with the type
/// <see cref="MapType.Arena"/>, <see cref="MapFlags.Mmapable"/>, <see cref="MapSpec.MaxEntries"/> pages, and in
/// <see cref="MapSpec.MapExtra"/> the address that it has in every process, or 0. It has at most 4 GiB, and does not cross a
/// multiple of 4 GiB.
/// </para>
/// <para>
/// The kernel allocates a page when it is first touched: by a program with <c>bpf_arena_alloc_pages</c>, by user space with a
/// read or write. If there is no memory left, or if the arena has <see cref="MapFlags.SegvOnFault"/> and no program allocated the
/// page, touching it ends the process.
/// </para>
/// <para>
/// Safe for use by several threads at once. References and spans may be kept; after the map is disposed they refer to zeros that
/// no map uses.
/// </para>
/// </remarks>
public sealed unsafe class BpfArena : IMapView
{
    private readonly MappedMemory _memory;

    internal BpfArena(BpfMap map, MappedMemory memory)
    {
        Map = map;
        _memory = memory;
        Length = (ulong)map.MaxEntries * (uint)map.Kernel.PageSize;
    }

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets the address of the first byte, in this process and in the pointers that programs store.</summary>
    public ulong Address => _memory.Address;

    /// <summary>Gets the size of the arena, in bytes.</summary>
    public ulong Length { get; }

    /// <summary>Returns whether a pointer that a program stored points into the arena.</summary>
    /// <param name="pointer">
    /// The pointer: an address in user space, or its lower half alone, as a program stores it that has not converted the pointer
    /// for user space (<see cref="MapFlags.NoUserConversion"/>).
    /// </param>
    public bool Contains(ulong pointer) => OffsetOf(pointer) < Length;

    /// <summary>Returns a reference to the value at a pointer, in the memory of the arena.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="pointer">
    /// The pointer, as for <see cref="Contains"/>; <see cref="Address"/> + <i>n</i> for the byte <i>n</i> of the arena.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The pointer is null, or the value is not within the arena.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map is disposed.</exception>
    public ref T Ref<T>(ulong pointer)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref _memory.HandOut(PlaceOf(pointer, (ulong)sizeof(T))));

    /// <summary>Returns the array at a pointer, in the memory of the arena.</summary>
    /// <typeparam name="T">The type of an element.</typeparam>
    /// <param name="pointer">The pointer, as for <see cref="Ref"/>.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The pointer is null, or the array is not within the arena.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The map is disposed.</exception>
    public Span<T> AsSpan<T>(ulong pointer, int count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        nuint place = PlaceOf(pointer, (ulong)sizeof(T) * (uint)count);
        return MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref _memory.HandOut(place)), count);
    }

    /// <summary>Returns the pointer to a value in the arena, for programs to follow.</summary>
    /// <typeparam name="T">The type of the value.</typeparam>
    /// <param name="place">A reference into this arena.</param>
    /// <exception cref="ArgumentOutOfRangeException">The reference does not point into the arena.</exception>
    public ulong PointerTo<T>(ref readonly T place)
        where T : unmanaged
    {
        // The arena does not move: a reference into it is an address.
        ulong pointer = (ulong)Unsafe.AsPointer(ref Unsafe.AsRef(in place));
        if (pointer - Address >= Length) ThrowOutside(pointer, (ulong)sizeof(T));
        return pointer;
    }

    /// <summary>Returns the name, the address and the size.</summary>
    public override string ToString() => $"arena \"{Map.Name}\" at 0x{Address:x}, {Map.MaxEntries} pages";

    object IMapView.Open(BpfMap map) => map.AsArena();

    /// <summary>
    /// How far from the beginning a pointer points; <see cref="ulong.MaxValue"/> if it has another upper half than the
    /// arena. The lower half alone is enough, since the arena does not cross a multiple of 4 GiB.
    /// </summary>
    private ulong OffsetOf(ulong pointer)
    {
        ulong upper = pointer >> 32;
        return pointer != 0 && (upper == 0 || upper == Address >> 32) ? (uint)pointer - (ulong)(uint)Address : ulong.MaxValue;
    }

    private nuint PlaceOf(ulong pointer, ulong size)
    {
        ulong offset = OffsetOf(pointer);
        if (offset > Length || Length - offset < size) ThrowOutside(pointer, size);
        return (nuint)offset;
    }

    [DoesNotReturn]
    private void ThrowOutside(ulong pointer, ulong size) => throw new ArgumentOutOfRangeException(
        nameof(pointer),
        pointer == 0
            ? $"The pointer into arena \"{Map.Name}\" is null."
            : $"{size} bytes at 0x{pointer:x} do not lie within arena \"{Map.Name}\" (0x{Address:x}, {Length} bytes).");
}
