using System.Runtime.InteropServices;

namespace Ebpf;

/// <summary>Represents an initial element of a map, in the byte order of the machine on which the map is created.</summary>
/// <remarks>Two elements are equal if their keys and values have the same bytes.</remarks>
/// <param name="Key">The key: exactly the key size of the map; empty for queues, stacks and bloom filters.</param>
/// <param name="Value">
/// The value: exactly the value size of the map. For a per-CPU map either the value of one CPU, which all of them get, or the
/// values of all possible CPUs, each padded to a multiple of 8 bytes.
/// </param>
public readonly record struct MapElement(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)
{
    /// <summary>Creates an element from a typed key and value.</summary>
    /// <typeparam name="TKey">The type of the key, without padding: to the kernel every byte counts.</typeparam>
    /// <typeparam name="TValue">The type of the value.</typeparam>
    /// <param name="key">The key, with the layout that the BPF program uses.</param>
    /// <param name="value">The value, with the layout that the BPF program uses.</param>
    public static MapElement Of<TKey, TValue>(in TKey key, in TValue value)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(BytesOf(in key), BytesOf(in value));

    /// <summary>Returns whether another element has the same bytes in its key and value.</summary>
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

/// <summary>
/// Represents a slot that a <c>values</c> initializer fills: a program of a program array, a map of a map of maps.
/// </summary>
/// <param name="Slot">The index in the map.</param>
/// <param name="Target">The name of the program or map in the collection.</param>
public readonly record struct MapInitializer(uint Slot, string Target);
