using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Maps.Layout;

namespace Ebpf;

/// <content>Access to the values as memory, with types.</content>
public sealed unsafe partial class BpfMap
{
    /// <summary>
    /// Returns the elements of an array as memory that can be read and written; otherwise like <see cref="AsSpan()"/>.
    /// </summary>
    /// <typeparam name="T">
    /// The type of a value: <see cref="ValueSize"/> bytes, which must be <see cref="ElementStride"/> unless there is only one
    /// element. For elements with gaps between them see <see cref="Ref{T}"/>.
    /// </typeparam>
    /// <exception cref="ArgumentException">The type does not fit.</exception>
    /// <exception cref="NotSupportedException">The map cannot be mapped, or is larger than a span can be.</exception>
    /// <exception cref="InvalidOperationException">The map is read-only.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public Span<T> AsSpan<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        CheckContiguous<T>();
        return MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref WritableArray().HandOut(0)), SpanLength(MaxEntries));
    }

    /// <summary>Returns the elements of an array as read-only memory; otherwise like <see cref="AsSpan{T}()"/>.</summary>
    /// <typeparam name="T">The type of a value, as for <see cref="AsSpan{T}()"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit.</exception>
    /// <exception cref="NotSupportedException">The map cannot be mapped, or is larger than a span can be.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public ReadOnlySpan<T> AsReadOnlySpan<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        CheckContiguous<T>();
        return MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<byte, T>(ref ArrayMemory().HandOut(0)), SpanLength(MaxEntries));
    }

    /// <summary>
    /// Returns a reference to one element of an array in the memory of the map: for <see cref="Interlocked"/>, and for single
    /// fields.
    /// </summary>
    /// <typeparam name="T">The type of a value: <see cref="ValueSize"/> bytes.</typeparam>
    /// <param name="index">The index of the element.</param>
    /// <exception cref="ArgumentException">The type does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="NotSupportedException">The map cannot be mapped.</exception>
    /// <exception cref="InvalidOperationException">The map is read-only.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public ref T Ref<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(uint index = 0)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref WritableArray().HandOut(PlaceOf<T>(index)));

    /// <summary>
    /// Returns a read-only reference to one element of an array in the memory of the map; otherwise like <see cref="Ref{T}"/>.
    /// </summary>
    /// <typeparam name="T">The type of a value: <see cref="ValueSize"/> bytes.</typeparam>
    /// <param name="index">The index of the element.</param>
    /// <exception cref="ArgumentException">The type does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    /// <exception cref="NotSupportedException">The map cannot be mapped.</exception>
    /// <exception cref="BpfException">The kernel refused to map it.</exception>
    public ref readonly T ReadOnlyRef<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(uint index = 0)
        where T : unmanaged =>
        ref Unsafe.As<byte, T>(ref ArrayMemory().HandOut(PlaceOf<T>(index)));

    private nuint PlaceOf<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>(uint index)
        where T : unmanaged
    {
        MapTypeCheck.Value<T>(this);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, MaxEntries);
        return (nuint)index * (nuint)ElementStride;
    }

    private void CheckContiguous<[DynamicallyAccessedMembers(ManagedLayout.Fields)] T>()
        where T : unmanaged
    {
        MapTypeCheck.Value<T>(this);
        if (ElementStride == ValueSize || MaxEntries <= 1) return;
        throw new ArgumentException(
            $"The values of map \"{Name}\" have {ValueSize} bytes, but lie {ElementStride} bytes apart: use {nameof(Ref)}<{typeof(T).Name}>(index).");
    }
}
