using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Fields = System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembersAttribute;

namespace Ebpf;

/// <content>Views of maps that hold data, with types for keys and values.</content>
public sealed partial class BpfMap
{
    /// <summary>
    /// Returns a view of a hash table with types for its keys and values. What can be checked is checked here: sizes, and field by field
    /// the layout of the C types, where the map has BTF.
    /// </summary>
    /// <remarks>
    /// Also for arrays, so that code can treat hash tables and arrays alike: adding and removing elements then fails, which the view of
    /// <see cref="AsArray{TValue}"/> does not offer. Also for tries whose keys are structs of the caller's own, in which a lookup finds the
    /// longest matching prefix (<see cref="AsLpmTrie{TValue}"/> is for addresses), and for the deprecated cgroup storages, whose keys are
    /// <see cref="CgroupStorageKey"/>.
    /// </remarks>
    /// <typeparam name="TKey">
    /// The type of keys: as large as <see cref="KeySize"/>, and without padding, since to the kernel every byte counts.
    /// </typeparam>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">A type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">
    /// This kind of map has another shape; the message says which view it has.
    /// </exception>
    public BpfMap<TKey, TValue> As<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        if (Type.IsMemory()) throw new NotSupportedException($"Map \"{Name}\" is of type {Type}: it has no elements.");
        if (!Type.IsKnown() || (Type is not (MapType.LpmTrie or MapType.Array) && ViewMethod(Type) is not (null or nameof(As)))) throw NoSuchView(nameof(As));
        MapTypeCheck.Key<TKey>(this);
        MapTypeCheck.Value<TValue>(this);
        return new BpfMap<TKey, TValue>(this);
    }

    /// <summary>Returns a view of an array with a type for its elements. What can be checked is checked here.</summary>
    /// <typeparam name="TValue">The type of elements: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.Array"/>.</exception>
    public BpfArray<TValue> AsArray<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.Array);
        MapTypeCheck.Value<TValue>(this);
        return new BpfArray<TValue>(this);
    }

    /// <summary>
    /// Returns a view of a per-CPU map with types for its keys and values. What can be checked is checked here.
    /// </summary>
    /// <typeparam name="TKey">The type of keys, as for <see cref="As{TKey, TValue}"/>.</typeparam>
    /// <typeparam name="TValue">The type of one CPU's value: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">A type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">This is no per-CPU map.</exception>
    public BpfPerCpuMap<TKey, TValue> AsPerCpu<[Fields(ManagedLayout.Fields)] TKey, [Fields(ManagedLayout.Fields)] TValue>()
        where TKey : unmanaged
        where TValue : unmanaged
    {
        CheckKind(Type.IsPerCpu());
        MapTypeCheck.Key<TKey>(this);
        MapTypeCheck.Value<TValue>(this);
        return new BpfPerCpuMap<TKey, TValue>(this);
    }

    /// <summary>Returns a view of a trie: longest matching prefixes of addresses, or of other bytes.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.LpmTrie"/>.</exception>
    public BpfLpmTrie<TValue> AsLpmTrie<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.LpmTrie);
        MapTypeCheck.Value<TValue>(this);
        return new BpfLpmTrie<TValue>(this);
    }

    /// <summary>Returns a view of a queue: first in, first out.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.Queue"/>.</exception>
    public BpfQueue<TValue> AsQueue<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.Queue);
        MapTypeCheck.Value<TValue>(this);
        return new BpfQueue<TValue>(this);
    }

    /// <summary>Returns a view of a stack: last in, first out.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.Stack"/>.</exception>
    public BpfStack<TValue> AsStack<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.Stack);
        MapTypeCheck.Value<TValue>(this);
        return new BpfStack<TValue>(this);
    }

    /// <summary>Returns a view of a bloom filter: it finds every value that was added, and sometimes one that was not.</summary>
    /// <typeparam name="TValue">
    /// The type of values: as large as <see cref="ValueSize"/>, and without padding, since to the kernel every byte
    /// counts.
    /// </typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.BloomFilter"/>.</exception>
    public BpfBloomFilter<TValue> AsBloomFilter<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.BloomFilter);
        MapTypeCheck.HashedValue<TValue>(this);
        return new BpfBloomFilter<TValue>(this);
    }

    /// <summary>Returns a view of values that belong to sockets.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.SkStorage"/>.</exception>
    public BpfSkStorage<TValue> AsSkStorage<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.SkStorage);
        MapTypeCheck.Value<TValue>(this);
        return new BpfSkStorage<TValue>(this);
    }

    /// <summary>Returns a view of values that belong to processes and threads.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.TaskStorage"/>.</exception>
    public BpfTaskStorage<TValue> AsTaskStorage<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.TaskStorage);
        MapTypeCheck.Value<TValue>(this);
        return new BpfTaskStorage<TValue>(this);
    }

    /// <summary>Returns a view of values that belong to files.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.InodeStorage"/>.</exception>
    public BpfInodeStorage<TValue> AsInodeStorage<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.InodeStorage);
        MapTypeCheck.Value<TValue>(this);
        return new BpfInodeStorage<TValue>(this);
    }

    /// <summary>Returns a view of values that belong to cgroups.</summary>
    /// <typeparam name="TValue">The type of values: as large as <see cref="ValueSize"/>.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.CgrpStorage"/>. The older <see cref="MapType.CgroupStorage"/> has keys:
    /// <see cref="As{TKey, TValue}"/>.
    /// </exception>
    public BpfCgrpStorage<TValue> AsCgrpStorage<[Fields(ManagedLayout.Fields)] TValue>()
        where TValue : unmanaged
    {
        CheckKind(Type == MapType.CgrpStorage);
        MapTypeCheck.Value<TValue>(this);
        return new BpfCgrpStorage<TValue>(this);
    }

    /// <summary>The method that gives the view for a kind of map; <c>null</c> for a kind without one.</summary>
    private static string? ViewMethod(MapType type) => type switch
    {
        MapType.Hash or MapType.LruHash or MapType.RHash or MapType.CgroupStorage => nameof(As),
        MapType.Array => nameof(AsArray),
        _ when type.IsPerCpu() => nameof(AsPerCpu),
        MapType.LpmTrie => nameof(AsLpmTrie),
        MapType.Queue => nameof(AsQueue),
        MapType.Stack => nameof(AsStack),
        MapType.BloomFilter => nameof(AsBloomFilter),
        MapType.ProgramArray => nameof(AsProgramArray),
        MapType.ArrayOfMaps or MapType.HashOfMaps => nameof(AsMapOfMaps),
        MapType.PerfEventArray => nameof(AsPerfEventArray),
        MapType.CgroupArray => nameof(AsCgroupArray),
        MapType.SockMap or MapType.SockHash => nameof(AsSockMap),
        MapType.ReuseportSockArray => nameof(AsReuseportSockArray),
        MapType.XskMap => nameof(AsXskMap),
        MapType.DevMap or MapType.DevMapHash => nameof(AsDevMap),
        MapType.CpuMap => nameof(AsCpuMap),
        MapType.StackTrace => $"{nameof(AsStackTraces)} or {nameof(AsBuildIdStackTraces)}",
        MapType.SkStorage => nameof(AsSkStorage),
        MapType.InodeStorage => nameof(AsInodeStorage),
        MapType.TaskStorage => nameof(AsTaskStorage),
        MapType.CgrpStorage => nameof(AsCgrpStorage),
        MapType.InsnArray => nameof(AsInstructionArray),
        _ => null,
    };

    private void CheckKind(bool isRight, [CallerMemberName] string view = "")
    {
        if (!isRight) throw NoSuchView(view);
    }

    private NotSupportedException NoSuchView(string view) => new(
        $"Map \"{Name}\" is of type {Type}, which {view} does not take"
        + $"{(ViewMethod(Type) is { } right ? $"; use {right}" : ": its elements can be reached as bytes")}.");
}
