using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Kinds;

namespace Ebpf;

/// <content>Access to the values as memory, without system calls.</content>
public sealed unsafe partial class BpfMap
{
    private readonly Lock _memoryLock = new();
    private MappedMemory? _memory;
    private bool _isUnmappable;

    /// <summary>The last type that was found to fit the keys.</summary>
    internal Type? FittingKey { get; set; }

    /// <summary>The last type that was found to fit the values.</summary>
    internal Type? FittingValue { get; set; }

    /// <summary>
    /// Gets whether the values can be mapped into the memory of this process: those of an array or arena with
    /// <see cref="MapFlags.Mmapable"/> (since Linux 5.5) that is opened for reading and writing.
    /// </summary>
    public bool IsMappable =>
        Type is MapType.Array or MapType.Arena && Flags.HasFlag(MapFlags.Mmapable) && Access == MapAccess.ReadWrite;

    /// <summary>
    /// Gets the distance between two elements of an array in memory, in bytes: <see cref="ValueSize"/>, rounded up to a multiple
    /// of 8.
    /// </summary>
    public int ElementStride => MapKinds.PerCpuStride(ValueSize);

    /// <summary>Where in the memory the global variables begin, in bytes: not 0 in some arenas.</summary>
    internal uint VariablesOffset { get; set; }

    /// <summary>Held while variables are written by way of a copy of their section.</summary>
    internal Lock CopyLock { get; } = new();

    /// <summary>
    /// How many bytes of memory the values take: <see cref="ElementStride"/> for each but the last, which has
    /// <see cref="ValueSize"/>.
    /// </summary>
    private ulong ContentLength => MaxEntries == 0 ? 0 : ((MaxEntries - 1ul) * (uint)ElementStride) + (uint)ValueSize;

    /// <summary>
    /// Returns the values of an array as memory that can be read and written: the elements one after the other, at a distance of
    /// <see cref="ElementStride"/> bytes. For a section of global variables, returns the section.
    /// </summary>
    /// <remarks>
    /// This is the memory of the map itself: programs read and write it at the same time, and only aligned accesses of 1, 2, 4 or
    /// 8 bytes are atomic. The span may be kept; after the map is disposed it refers to zeros that no map uses.
    /// </remarks>
    /// <exception cref="NotSupportedException">The map cannot be mapped, or is larger than a span can be.</exception>
    /// <exception cref="InvalidOperationException">
    /// The map is read-only: constants, or a frozen map. See <see cref="AsReadOnlySpan()"/>.
    /// </exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public Span<byte> AsSpan() =>
        MemoryMarshal.CreateSpan(ref WritableArray().HandOut(0), SpanLength(ContentLength));

    /// <summary>Returns the values of an array as read-only memory; otherwise like <see cref="AsSpan()"/>.</summary>
    /// <exception cref="NotSupportedException">The map cannot be mapped, or is larger than a span can be.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public ReadOnlySpan<byte> AsReadOnlySpan() =>
        MemoryMarshal.CreateReadOnlySpan(ref ArrayMemory().HandOut(0), SpanLength(ContentLength));

    /// <summary>The memory, mapped when it is first asked for.</summary>
    /// <returns><c>null</c> if this map has none: its kind, its flags, or a lock or a timer in its values.</returns>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    /// <exception cref="ObjectDisposedException">The map is closed.</exception>
    internal MappedMemory? FindMemory() => Volatile.Read(ref _memory) ?? (_isUnmappable ? null : MapMemory());

    /// <summary>Releases the memory. After the descriptor was closed, so that none is mapped any more.</summary>
    private void CloseMemory()
    {
        lock (_memoryLock)
        {
            _memory?.Close();

            // Whoever looks for it now finds that the descriptor is closed.
            _memory = null;
        }
    }

    /// <summary>
    /// Uses the memory of another map object for the same arena, which this process can have mapped only once.
    /// </summary>
    private void ShareArena(BpfMap other)
    {
        if (Type != MapType.Arena) return;
        lock (other._memoryLock) _memory = other._memory?.Share();
    }

    private MappedMemory? MapMemory()
    {
        lock (_memoryLock)
        {
            if (_memory is not null || _isUnmappable) return _memory;
            MappedMemory? memory = null;
            Errno error = Errno.EINVAL;
            if (IsMappable) memory = TryMapMemory(out error);

            // The kernel maps no values that it has to look after: spin locks, timers, pointers to its own objects.
            if (memory is null && IsMappable && error != Errno.ENOTSUPP) throw MappingRefused(error);
            _isUnmappable = memory is null;
            Volatile.Write(ref _memory, memory);
            return memory;
        }
    }

    private MappedMemory? TryMapMemory(out Errno error)
    {
        ulong length = Type == MapType.Arena
            ? (ulong)MaxEntries * (uint)Kernel.PageSize
            : (ulong)MaxEntries * (uint)ElementStride;
        ulong address = Type == MapType.Arena ? Extra : 0;
        error = Errno.None;
        MappedMemory? memory = !Flags.HasFlag(MapFlags.ReadOnlyProgram)
            ? MappedMemory.TryMap(Handle, (nuint)length, isWritable: true, address, out error)
            : null;
        if (memory is not null || error is not (Errno.None or Errno.EPERM)) return memory;

        // Constants, or frozen (EPERM).
        return MappedMemory.TryMap(Handle, (nuint)length, isWritable: false, address, out error);
    }

    private BpfException MappingRefused(Errno error)
    {
        string? advice = error switch
        {
            Errno.EEXIST => $"the arena belongs at 0x{Extra:x}, where this process has something else, or the arena already",
            Errno.EINVAL when Type == MapType.Arena && Extra == 0 =>
                "an arena is at the same address in every process, and the kernel does not tell where that is: "
                + "make it with an address of its own (MapSpec.MapExtra)",
            Errno.ENOMEM => "this process has not enough address space, or too many mappings (sysctl vm.max_map_count)",
            _ => null,
        };
        return Refusal.Explain(Kernel, $"Map the memory of map \"{Name}\"", error, Privileges.None, advice);
    }

    private MappedMemory ArrayMemory()
    {
        if (Type == MapType.Arena) ThrowNotMappable($"an arena, which has no elements; use {nameof(AsArena)}");
        MappedMemory? memory = FindMemory();
        if (memory is null) ThrowNotMappable(WhyNotMappable);
        return memory;
    }

    private MappedMemory WritableArray()
    {
        MappedMemory memory = ArrayMemory();
        if (!memory.IsWritable) ThrowReadOnly();
        return memory;
    }

    /// <summary>Why a map has no memory, to be put behind "it is".</summary>
    internal string WhyNotMappable =>
        Type is not (MapType.Array or MapType.Arena) ? $"of type {Type}"
        : Access != MapAccess.ReadWrite ? "not opened for both reading and writing"
        : Flags.HasFlag(MapFlags.Mmapable) ? "one whose values hold a lock, a timer or a pointer of the kernel's"
        : "made without MapFlags.Mmapable, or on a kernel before 5.5";

    private int SpanLength(ulong length) => length <= int.MaxValue
        ? (int)length
        : throw new NotSupportedException(
            $"Map \"{Name}\" is more than a span holds: use {nameof(Ref)} for its elements.");

    [DoesNotReturn]
    private void ThrowNotMappable(string why) =>
        throw new NotSupportedException($"Map \"{Name}\" cannot be mapped into memory as an array: it is {why}.");

    [DoesNotReturn]
    private void ThrowReadOnly() => throw new InvalidOperationException(
        $"The memory of map \"{Name}\" can only be read: the map is frozen, or holds constants.");
}
