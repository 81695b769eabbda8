using System.Diagnostics.CodeAnalysis;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;

namespace Ebpf;

/// <content>Single elements, as bytes.</content>
public sealed unsafe partial class BpfMap
{
    /// <summary>Gets the value of one element.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes, in the layout that the BPF program uses.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes; unchanged if there is no element.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>Whether the map holds <paramref name="key"/>.</returns>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryGetValue(ReadOnlySpan<byte> key, Span<byte> value, MapLookupFlags flags = MapLookupFlags.None)
    {
        CheckKey(key);
        CheckValue(value);
        fixed (byte* keyPointer = key, valuePointer = value)
            return Found(Kernel.LookupElement(Handle, keyPointer, valuePointer, (ulong)flags), "look up");
    }

    /// <summary>Writes one element.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">Whether the element may or must exist already.</param>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="MapException">The map is full.</exception>
    /// <exception cref="BpfException"><paramref name="flags"/> do not allow it, or the kernel refused for another reason.</exception>
    public void Update(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, MapUpdateFlags flags = MapUpdateFlags.Any)
    {
        CheckKey(key);
        CheckValue(value);
        fixed (byte* keyPointer = key, valuePointer = value)
        {
            Errno error = Kernel.UpdateElement(Handle, keyPointer, valuePointer, (ulong)flags);
            if (error != Errno.None) ThrowFailed("update", error);
        }
    }

    /// <summary>Adds one element if there is none under its key.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes.</param>
    /// <returns>Whether it was added; always <c>false</c> for arrays, all of whose elements exist.</returns>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="MapException">The map is full.</exception>
    /// <exception cref="BpfException">The kernel refused for another reason.</exception>
    public bool TryAdd(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        CheckKey(key);
        CheckValue(value);
        fixed (byte* keyPointer = key, valuePointer = value)
            return Added(Kernel.UpdateElement(Handle, keyPointer, valuePointer, (ulong)MapUpdateFlags.NoExist));
    }

    /// <summary>Removes one element.</summary>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes.</param>
    /// <returns>Whether it existed.</returns>
    /// <exception cref="ArgumentException">The span has the wrong length.</exception>
    /// <exception cref="BpfException">The kernel refused. Elements of arrays, for example, cannot be removed.</exception>
    public bool Remove(ReadOnlySpan<byte> key)
    {
        CheckKey(key);
        fixed (byte* keyPointer = key) return Found(Kernel.DeleteElement(Handle, keyPointer), "remove");
    }

    /// <summary>Gets the value of one element and removes the element.</summary>
    /// <remarks>
    /// This is one step for queues and stacks (since Linux 4.20) and for hash tables (since Linux 5.14). For other maps and older
    /// kernels it is two: of several callers at once only one gets the element, but a change between the two steps may be missed.
    /// </remarks>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes; empty for queues and stacks.</param>
    /// <param name="value">Exactly <see cref="ValueBufferSize"/> bytes.</param>
    /// <param name="flags">Options of the lookup.</param>
    /// <returns>Whether the element existed.</returns>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="BpfException">The kernel refused for any other reason than a missing key.</exception>
    public bool TryRemove(
        ReadOnlySpan<byte> key, Span<byte> value, MapLookupFlags flags = MapLookupFlags.None)
    {
        CheckKey(key);
        CheckValue(value);
        fixed (byte* keyPointer = key, valuePointer = value) return LookupAndDelete(keyPointer, valuePointer, flags);
    }

    /// <summary>Gets the key that follows another one, in the order of the kernel.</summary>
    /// <remarks>
    /// If the key is not in the map, the kernel returns the first key. <see cref="ReadBatch"/> handles that.
    /// </remarks>
    /// <param name="key">Exactly <see cref="KeySize"/> bytes; empty for the first key.</param>
    /// <param name="next">Exactly <see cref="KeySize"/> bytes.</param>
    /// <returns>Whether there is a next key.</returns>
    /// <exception cref="ArgumentException">A span has the wrong length.</exception>
    /// <exception cref="BpfException">The kernel refused: not every type of map has an order.</exception>
    public bool TryGetNextKey(ReadOnlySpan<byte> key, Span<byte> next)
    {
        if (!key.IsEmpty) CheckKey(key);
        CheckKey(next, nameof(next));
        fixed (byte* keyPointer = key, nextPointer = next)
            return Found(Kernel.GetNextKey(Handle, keyPointer, nextPointer), "walk over the elements");
    }

    internal bool LookupAndDelete(void* key, void* value, MapLookupFlags flags)
    {
        Errno error = Kernel.LookupAndDeleteElement(Handle, key, value, (ulong)flags);
        if (!LacksCommand(error)) return Found(error, "remove");
        return Found(Kernel.LookupElement(Handle, key, value, (ulong)flags), "look up")
            && Found(Kernel.DeleteElement(Handle, key), "remove");
    }

    /// <summary>Turns the kernel's answer into whether an element was found, or an exception.</summary>
    internal bool Found(Errno error, string what)
    {
        if (error == Errno.None) return true;
        if (error != Errno.ENOENT) ThrowFailed(what, error);
        return false;
    }

    internal bool Added(Errno error)
    {
        if (error == Errno.None) return true;
        if (error != Errno.EEXIST) ThrowFailed("add", error);
        return false;
    }

    /// <summary>
    /// Whether an error means that the kernel, or this kind of map, does not have the command at all.
    /// </summary>
    internal static bool LacksCommand(Errno error) => error is Errno.ENOTSUPP or Errno.EOPNOTSUPP or Errno.EINVAL;

    /// <summary>Throws the error of an operation on an element.</summary>
    /// <param name="what">The operation, as a verb: <c>look up</c>.</param>
    /// <param name="error">What the kernel answered.</param>
    /// <param name="special">What a view knows about the reason, beyond what is true of all maps.</param>
    [DoesNotReturn]
    internal void ThrowFailed(string what, Errno error, string? special = null) => throw Failure(what, error, special);

    private BpfException Failure(string what, Errno error, string? special)
    {
        string operation = $"{char.ToUpperInvariant(what[0])}{what[1..]} in map \"{Name}\"";

        // Tries answer ENOSPC, other kinds E2BIG.
        bool isFull = special is null
            && ((error == Errno.E2BIG && !Type.IsIndexed()) || (error == Errno.ENOSPC && Type == MapType.LpmTrie));
        if (isFull) return new MapException(MapProblem.Full, operation, error, $"the map is full ({MaxEntries} {(MaxEntries == 1 ? "entry" : "entries")})");
        return Refusal.Explain(Kernel, operation, error, Privileges.Bpf, special ?? AdviceFor(what, error));
    }

    private string? AdviceFor(string what, Errno error) => error switch
    {
        Errno.E2BIG => $"the index is not below {MaxEntries}",
        Errno.EEXIST => "there is an element under this key",
        Errno.ENOENT => "there is no element under this key",
        Errno.EBADF when Type.IsLocalStorage() => "the descriptor is of nothing with which this map keeps values",
        Errno.EINVAL or Errno.ENOTSUPP or Errno.EOPNOTSUPP when what == "remove" && Type is MapType.Queue or MapType.Stack =>
            $"a {Type} map has no keys: take the next value out with {nameof(TryRemove)}, or with the view from As{Type}",
        Errno.EINVAL or Errno.ENOTSUPP or Errno.EOPNOTSUPP when what == "remove" && Type == MapType.BloomFilter =>
            "values cannot be removed from a bloom filter",
        Errno.ENOTSUPP or Errno.EOPNOTSUPP => $"a {Type} map cannot do that from user space",
        Errno.EINVAL when what == "remove" && Type.IsArray() => "elements of arrays cannot be removed",
        Errno.EINVAL when what == "remove" && Type.IsIndexed() => $"the index is not below {MaxEntries}",
        Errno.EPERM when Access == MapAccess.ReadOnly => "this descriptor of the map was opened for reading only",
        Errno.EPERM when Access == MapAccess.WriteOnly => "this descriptor of the map was opened for writing only",
        Errno.EPERM => "the map is frozen",
        _ => null,
    };

    private void CheckKey(ReadOnlySpan<byte> key, string name = "key")
    {
        if (key.Length != KeySize) ThrowLength(name, "a key", KeySize, key.Length);
    }

    private void CheckValue(ReadOnlySpan<byte> value)
    {
        if (value.Length != ValueBufferSize) ThrowLength("value", "a value", ValueBufferSize, value.Length);
    }

    [DoesNotReturn]
    private void ThrowLength(string parameter, string what, int expected, int actual)
    {
        string cpus = parameter == "value" && Type.IsPerCpu()
            ? $" ({_cpuCount} CPUs, {MapKinds.PerCpuStride(ValueSize)} bytes each)"
            : parameter == "value" && !Type.IsKnown()
                ? " (this kind of map is newer than the library, so there is room for the values of all CPUs)"
                : "";
        throw new ArgumentException(
            $"Map \"{Name}\" has {what} of {expected} bytes{cpus}; the span has {actual}.", parameter);
    }
}
