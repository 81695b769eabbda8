using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;

namespace Ebpf;

/// <content>Types for keys and values; what concerns all elements.</content>
public sealed partial class BpfMap
{
    /// <summary>The map with types for its keys and values. What can be checked is checked here, once.</summary>
    /// <typeparam name="TKey">
    /// The type of keys: as large as <see cref="KeySize"/>, and without padding, since to the kernel every byte counts.
    /// </typeparam>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">A type does not fit; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">
    /// This kind of map has another shape: one value for each CPU, no keys, memory only, or other objects as values.
    /// </exception>
    public BpfMap<TKey, TValue> As<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.NonPublicFields)] TKey,
        TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (Type.IsPerCpu()) throw NoSuchView($"one value for each CPU; use {nameof(AsPerCpu)}");
        if (Type.HasOnlyValues()) throw NoSuchView("no keys");
        if (Type.IsMemory()) throw NoSuchView("no elements");
        if (Type.HoldsObjects() || Type.HoldsSockets()) throw NoSuchView("other objects as values, not data");
        MapTypeCheck.Key<TKey>(this);
        MapTypeCheck.Value<TValue>(this);
        return new BpfMap<TKey, TValue>(this);
    }

    /// <summary>
    /// The per-CPU map with types for its keys and values. What can be checked is checked here, once.
    /// </summary>
    /// <typeparam name="TKey">The type of keys, as for <see cref="As{TKey, TValue}"/>.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">A type does not fit; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">This is no per-CPU map.</exception>
    public BpfPerCpuMap<TKey, TValue> AsPerCpu<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields
            | DynamicallyAccessedMemberTypes.NonPublicFields)] TKey,
        TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (!Type.IsPerCpu()) throw NoSuchView($"no values for each CPU; use {nameof(As)}");
        MapTypeCheck.Key<TKey>(this);
        MapTypeCheck.Value<TValue>(this);
        return new BpfPerCpuMap<TKey, TValue>(this);
    }

    /// <summary>Counts the elements by walking over them.</summary>
    internal int CountElements()
    {
        if (Type.IsArray()) return checked((int)MaxEntries);
        using MapWalk walk = new(this);
        int count = 0;
        while (walk.Fetch() is > 0 and int fetched) count += fetched;
        return count;
    }

    /// <summary>Deletes every element that is there; sets the elements of an array to zero.</summary>
    internal void Clear()
    {
        using MapWalk walk = new(this);
        if (Type.IsArray())
        {
            byte[] zeros = [];
            while (walk.Fetch() is > 0 and int fetched)
            {
                if (zeros.Length < fetched * ValueBufferSize) zeros = new byte[fetched * ValueBufferSize];
                UpdateBatch(walk.FetchedKeys, zeros.AsSpan(0, fetched * ValueBufferSize));
            }
        }
        else
        {
            while (walk.Fetch() > 0) DeleteBatch(walk.FetchedKeys);
        }
    }

    private NotSupportedException NoSuchView(string what) => new($"Map \"{Name}\" is of type {Type}: it has {what}.");
}
