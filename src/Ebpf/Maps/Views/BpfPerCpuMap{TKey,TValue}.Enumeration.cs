using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Ebpf.Maps;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <content>Enumeration.</content>
public sealed unsafe partial class BpfPerCpuMap<TKey, TValue>
{
    /// <summary>Represents one element: a key, and the values of all CPUs. Valid until the enumerator advances.</summary>
    public readonly ref struct Element
    {
        private readonly ReadOnlySpan<byte> _slots;

        internal Element(TKey key, ReadOnlySpan<byte> slots)
        {
            Key = key;
            _slots = slots;
        }

        /// <summary>Gets the key.</summary>
        public TKey Key { get; }

        /// <summary>Gets the number of values, which is that of the possible CPUs.</summary>
        public int CpuCount => _slots.Length / Stride;

        /// <summary>Gets the value of one CPU, by its index in <see cref="Cpus"/>.</summary>
        /// <param name="cpu">The index, from 0 to <see cref="CpuCount"/> - 1.</param>
        /// <exception cref="ArgumentOutOfRangeException">There is no such CPU.</exception>
        public ref readonly TValue this[int cpu]
        {
            get
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)cpu, (uint)CpuCount, nameof(cpu));
                return ref Unsafe.As<byte, TValue>(ref MemoryMarshal.GetReference(_slots[(cpu * Stride)..]));
            }
        }

        /// <summary>Copies the values to a span.</summary>
        /// <param name="values">Receives the values; at least <see cref="CpuCount"/> long.</param>
        /// <exception cref="ArgumentException">The span is too short.</exception>
        public void CopyTo(Span<TValue> values)
        {
            if (values.Length < CpuCount) throw new ArgumentException($"There are {CpuCount} values.", nameof(values));
            Unpack(_slots, values[..CpuCount]);
        }
    }

    /// <summary>Enumerates the elements of a per-CPU map.</summary>
    public readonly ref struct Enumerator
    {
        private readonly MapWalk _walk;
        private readonly int _size;

        internal Enumerator(MapWalk walk, int cpuCount)
        {
            _walk = walk;
            _size = cpuCount * Stride;
        }

        /// <summary>Gets the current element.</summary>
        public Element Current => new(_walk.Key<TKey>(), _walk.ValueBytes[.._size]);

        /// <summary>Advances to the next element.</summary>
        /// <returns>Whether there is one.</returns>
        /// <exception cref="BpfException">The kernel refused.</exception>
        public bool MoveNext() => _walk.MoveNext();

        /// <summary>Releases the buffer of the enumeration.</summary>
        public void Dispose() => _walk.Dispose();
    }
}
