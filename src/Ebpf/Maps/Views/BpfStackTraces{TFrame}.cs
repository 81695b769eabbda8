using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Ebpf.Linux;
using Ebpf.Maps;
using Ebpf.Maps.Views;
using Ebpf.Maps.Walks;

namespace Ebpf;

/// <summary>
/// Represents call stacks that programs stored with <c>bpf_get_stackid</c>. See <see cref="BpfMap.AsStackTraces"/> and
/// <see cref="BpfMap.AsBuildIdStackTraces"/>. Since Linux 4.6; enumeration since 4.18.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. A stack stays until it is removed, or replaced by another one with the
/// same hash. While it is being read, programs do not find it, and may write it anew. Enumerating returns the ids of the stacks.
/// Safe for use by several threads at once.
/// </remarks>
/// <typeparam name="TFrame"><c>ulong</c>, the address of an instruction; or <see cref="BuildIdFrame"/>.</typeparam>
public sealed unsafe class BpfStackTraces<TFrame> : IEnumerable<uint>, IMapView
    where TFrame : unmanaged
{
    internal BpfStackTraces(BpfMap map) => Map = map;

    /// <summary>Gets the map.</summary>
    public BpfMap Map { get; }

    /// <summary>Gets the maximum number of frames of a stack; deeper stacks are cut.</summary>
    public int MaxDepth => Map.ValueSize / sizeof(TFrame);

    /// <summary>Gets the frames of one stack, the innermost first.</summary>
    /// <param name="id">The id that <c>bpf_get_stackid</c> returned.</param>
    /// <exception cref="KeyNotFoundException">There is no such stack.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    [SuppressMessage("Performance", "CA1819", Justification = "Each get is a look-up in the kernel, into an array of its own.")]
    public TFrame[] this[uint id]
    {
        get
        {
            TFrame[] frames = new TFrame[MaxDepth];
            return TryGetFrames(id, frames, out int count)
                ? frames[..count]
                : throw new KeyNotFoundException($"Map \"{Map.Name}\" has no stack {id}.");
        }
    }

    /// <summary>Gets the frames of one stack, the innermost first.</summary>
    /// <param name="id">The id that <c>bpf_get_stackid</c> returned.</param>
    /// <param name="frames">Receives the frames; at least <see cref="MaxDepth"/> long.</param>
    /// <param name="count">The number of frames; 0 if there is no such stack.</param>
    /// <returns>Whether there is such a stack.</returns>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool TryGetFrames(uint id, Span<TFrame> frames, out int count)
    {
        if (frames.Length < MaxDepth) ThrowLength(frames.Length, nameof(frames));
        count = 0;
        fixed (TFrame* pointer = frames)
        {
            if (!Map.Found(Map.Kernel.LookupElement(Map.Handle, &id, pointer, 0), "look up")) return false;
        }

        // The kernel fills what is left with zeros.
        while (count < MaxDepth && MemoryMarshal.AsBytes(frames.Slice(count, 1)).ContainsAnyExcept((byte)0)) count++;
        return true;
    }

    /// <summary>Removes one stack.</summary>
    /// <param name="id">The id that <c>bpf_get_stackid</c> returned.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public bool Remove(uint id)
    {
        Errno error = Map.Kernel.DeleteElement(Map.Handle, &id);

        // An id that the map can never have: to look-ups it is simply not there.
        return error != Errno.E2BIG && Map.Found(error, "remove");
    }

    /// <summary>Returns the number of stacks.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public long Count()
    {
        long count = 0;
        foreach (uint _ in this) count++;
        return count;
    }

    /// <summary>Removes all stacks.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Clear()
    {
        foreach (uint id in this) Remove(id);
    }

    /// <summary>Enumerates the ids of the stacks. They may be removed meanwhile.</summary>
    public Enumerator GetEnumerator() => new(Map);

    IEnumerator<uint> IEnumerable<uint>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    object IMapView.Open(BpfMap map) => typeof(TFrame) == typeof(BuildIdFrame) ? map.AsBuildIdStackTraces() : map.AsStackTraces();

    [DoesNotReturn]
    private void ThrowLength(int length, string parameter) => throw new ArgumentException(
        $"A stack in map \"{Map.Name}\" has up to {MaxDepth} frames; the span has room for {length}.", parameter);

    /// <summary>Enumerates the ids of stacks.</summary>
    public struct Enumerator : IEnumerator<uint>
    {
        private KeyWalk<uint> _walk;

        internal Enumerator(BpfMap map) => _walk = new KeyWalk<uint>(map, isAscending: true);

        /// <summary>Gets the current id.</summary>
        public readonly uint Current => _walk.Current;

        readonly object IEnumerator.Current => Current;

        /// <summary>Advances to the next id.</summary>
        /// <returns>Whether there is one.</returns>
        /// <exception cref="BpfException">The kernel refused.</exception>
        public bool MoveNext() => _walk.MoveNext();

        /// <summary>Not supported.</summary>
        /// <exception cref="NotSupportedException">Always. Get another enumerator instead.</exception>
        public readonly void Reset() => throw new NotSupportedException("Get another enumerator instead.");

        /// <summary>Does nothing: the enumerator holds no resources.</summary>
        public readonly void Dispose()
        {
        }
    }
}
