using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>One element that a map holds from the start, in the byte order of the machine on which the map is made.</summary>
/// <remarks>Two elements are equal if their keys and values have the same bytes.</remarks>
/// <param name="Key">Exactly as many bytes as the map's keys have; empty for queues, stacks and bloom filters.</param>
/// <param name="Value">
/// Exactly as many bytes as the map's values have. In a per-CPU map either one CPU's value, which all of them get, or the
/// values of all possible CPUs, each filled up to a multiple of 8 bytes.
/// </param>
public readonly record struct MapElement(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)
{
    /// <summary>Makes an element of a key and a value with types.</summary>
    /// <typeparam name="TKey">The type of the key, without padding: to the kernel every byte counts.</typeparam>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <param name="key">The key, with the layout that the BPF program uses.</param>
    /// <param name="value">The value, with the layout that the BPF program uses.</param>
    public static MapElement Of<TKey, TValue>(in TKey key, in TValue value)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(BytesOf(in key), BytesOf(in value));

    /// <summary>Returns whether keys and values have the same bytes.</summary>
    /// <param name="other">The other element.</param>
    public bool Equals(MapElement other) =>
        Key.Span.SequenceEqual(other.Key.Span) && Value.Span.SequenceEqual(other.Value.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Key.Span);
        hash.AddBytes(Value.Span);
        return hash.ToHashCode();
    }

    private static byte[] BytesOf<T>(in T value)
        where T : unmanaged =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)).ToArray();
}

/// <summary>One slot that a <c>values</c> initialiser fills: a program of a program array, a map of a map of maps.</summary>
/// <param name="Slot">The index in the map.</param>
/// <param name="Target">The name of the program or map in the collection.</param>
public readonly record struct MapInitializer(uint Slot, string Target);
