using System.Net;
using CsCheck;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Maps.Views;

namespace Ebpf.Tests.Maps;

/// <summary>Random sequences of operations, whose answers are compared with those of a model.</summary>
public sealed class MapModelTests
{
    private const int Capacity = 32;

    private enum Step
    {
        Set,
        TryAdd,
        Remove,
        TryRemove,
        Get,
        List,
        Clear,
    }

    private enum PushStep
    {
        Push,
        PushOverwriting,
        Pop,
        Peek,
        Clear,
    }

    private static Gen<List<(Step Step, uint Key, ulong Value)>> Steps { get; } = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(Step.Set)), (3, Gen.Const(Step.TryAdd)), (3, Gen.Const(Step.Remove)), (3, Gen.Const(Step.TryRemove)),
            (3, Gen.Const(Step.Get)), (1, Gen.Const(Step.List)), (1, Gen.Const(Step.Clear))),
        Gen.UInt[0, 40],
        Gen.ULong).List[0, 80];

    private static Gen<List<(PushStep Step, ulong Value)>> PushSteps { get; } = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const(PushStep.Push)), (3, Gen.Const(PushStep.PushOverwriting)), (5, Gen.Const(PushStep.Pop)),
            (2, Gen.Const(PushStep.Peek)), (1, Gen.Const(PushStep.Clear))),
        Gen.ULong).List[0, 60];

    [Fact]
    public void HashMap_BehavesLikeADictionary() => Steps.Sample(RunHash, iter: 300);

    [Fact]
    public void ArrayMap_BehavesLikeAnArray() => Steps.Sample(RunArray, iter: 200);

    [Fact]
    public void Trie_BehavesLikeAListOfPrefixes() =>
        Gen.Select(Steps, Gen.Int[0, 32].Array[41]).Sample((steps, lengths) => RunTrie(steps, lengths), iter: 200);

    [Fact]
    public void QueueMap_BehavesLikeAQueue() => PushSteps.Sample(steps => RunKeyless(steps, isQueue: true), iter: 300);

    [Fact]
    public void StackMap_BehavesLikeAStack() => PushSteps.Sample(steps => RunKeyless(steps, isQueue: false), iter: 300);

    private static void RunHash(List<(Step Step, uint Key, ulong Value)> steps)
    {
        using BpfMap bpf = Make.Map(MapType.Hash, maxEntries: Capacity, flags: MapFlags.NoPreallocation);
        BpfMap<uint, ulong> map = bpf.As<uint, ulong>();
        Dictionary<uint, ulong> model = [];
        foreach ((Step step, uint key, ulong value) in steps)
        {
            bool full = model.Count == Capacity && !model.ContainsKey(key);
            switch (step)
            {
                case Step.Set when full:
                    Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => map[key] = value).Errno);
                    break;
                case Step.Set:
                    map[key] = model[key] = value;
                    break;
                case Step.TryAdd when full:
                    Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => map.TryAdd(key, value)).Errno);
                    break;
                case Step.TryAdd:
                    Assert.Equal(model.TryAdd(key, value), map.TryAdd(key, value));
                    break;
                case Step.Remove:
                    Assert.Equal(model.Remove(key), map.Remove(key));
                    break;
                case Step.TryRemove:
                    Assert.Equal(
                        (model.Remove(key, out ulong expected), expected), (map.TryRemove(key, out ulong removed), removed));
                    break;
                case Step.Get:
                    Assert.Equal(
                        (model.TryGetValue(key, out ulong wanted), wanted), (map.TryGetValue(key, out ulong found), found));
                    break;
                case Step.List:
                    Assert.Equal(model.OrderBy(pair => pair.Key), map.OrderBy(pair => pair.Key));
                    break;
                case Step.Clear:
                    model.Clear();
                    map.Clear();
                    break;
            }
        }

        Assert.Equal(model.Count, map.Count());
        Assert.Equal(model.OrderBy(pair => pair.Key), map.OrderBy(pair => pair.Key));
    }

    private static void RunArray(List<(Step Step, uint Key, ulong Value)> steps)
    {
        using BpfMap bpf = Make.Map(MapType.Array, maxEntries: Capacity);
        BpfMap<uint, ulong> map = bpf.As<uint, ulong>();
        ulong[] model = new ulong[Capacity];
        foreach ((Step step, uint key, ulong value) in steps)
        {
            bool inside = key < Capacity;
            switch (step)
            {
                case Step.Set when inside:
                    map[key] = model[key] = value;
                    break;
                case Step.Set:
                    Assert.Equal(Errno.E2BIG, Assert.Throws<BpfException>(() => map[key] = value).Errno);
                    break;
                case Step.TryAdd when inside:
                    Assert.False(map.TryAdd(key, value));
                    break;
                case Step.Remove:
                    Assert.Throws<BpfException>(() => map.Remove(key));
                    break;
                case Step.Get or Step.TryAdd or Step.TryRemove when !inside:
                    Assert.False(map.TryGetValue(key, out _));
                    break;
                case Step.Get or Step.TryRemove:
                    Assert.Equal(model[key], map[key]);
                    break;
                case Step.List:
                    Assert.Equal(model, map.Select(pair => pair.Value));
                    break;
                case Step.Clear:
                    Array.Clear(model);
                    map.Clear();
                    break;
            }
        }

        Assert.Equal(model.Select((value, index) => KeyValuePair.Create((uint)index, value)), map);
    }

    /// <summary>The key of a step is the number of a network, each with a length of its own.</summary>
    private static void RunTrie(List<(Step Step, uint Key, ulong Value)> steps, int[] lengths)
    {
        using BpfMap bpf = Make.Map(MapType.LpmTrie, keySize: 8, maxEntries: Capacity, flags: MapFlags.NoPreallocation);
        BpfLpmTrie<ulong> map = bpf.AsLpmTrie<ulong>();
        bool heedsFlags = KernelFacts.Of(RunningKernel.Instance).Version >= new Version(6, 13);
        Dictionary<IPNetwork, ulong> model = [];
        foreach ((Step step, uint key, ulong value) in steps)
        {
            (IPNetwork network, IPAddress address) = NetworkOf(key, lengths[key]);
            bool full = model.Count == Capacity && !model.ContainsKey(network);
            switch (step)
            {
                case Step.Set when full:
                    Assert.Equal(Errno.ENOSPC, Assert.Throws<BpfException>(() => map.Update(network, value)).Errno);
                    break;
                case Step.Set:
                    map.Update(network, model[network] = value);
                    break;
                case Step.TryAdd when heedsFlags && model.ContainsKey(network):
                    Assert.Equal(
                        Errno.EEXIST, Assert.Throws<BpfException>(() => map.Update(network, value, MapUpdateFlags.NoExist)).Errno);
                    break;
                case Step.Remove or Step.TryRemove:
                    Assert.Equal(model.Remove(network), map.Remove(network));
                    break;
                case Step.Get:
                    (bool, ulong) longest = model.Where(pair => pair.Key.Contains(address))
                        .OrderByDescending(pair => pair.Key.PrefixLength)
                        .Select(pair => (true, pair.Value))
                        .FirstOrDefault();
                    Assert.Equal(longest, (map.TryMatch(address, out ulong found), found));
                    break;
                case Step.List:
                    Assert.Equal(model.Count, map.Count());
                    break;
                case Step.Clear:
                    model.Clear();
                    map.Clear();
                    break;
            }
        }

        Dictionary<IPNetwork, ulong> listed = [];
        foreach (BpfLpmTrie<ulong>.Element element in map) listed.Add(element.Network, element.Value);
        Assert.Equal(model.OrderBy(pair => pair.Key.ToString()), listed.OrderBy(pair => pair.Key.ToString()));
    }

    private static (IPNetwork Network, IPAddress Address) NetworkOf(uint key, int length)
    {
        // Few bits differ, so that networks cover each other often.
        uint bits = ((key & 7) << 29) | ((key >> 3) << 14);
        uint mask = length == 0 ? 0 : uint.MaxValue << (32 - length);
        return (new IPNetwork(Address(bits & mask), length), Address(bits));

        static IPAddress Address(uint bits) => new([(byte)(bits >> 24), (byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
    }

    private static void RunKeyless(List<(PushStep Step, ulong Value)> steps, bool isQueue)
    {
        const int capacity = 6;
        using BpfMap bpf = Make.Map(isQueue ? MapType.Queue : MapType.Stack, keySize: 0, maxEntries: capacity);
        BpfKeylessMap<ulong> map = isQueue ? bpf.AsQueue<ulong>() : bpf.AsStack<ulong>();
        List<ulong> model = [];
        foreach ((PushStep step, ulong value) in steps)
        {
            int next = isQueue ? 0 : model.Count - 1;
            (bool, ulong) expected = model.Count > 0 ? (true, model[next]) : (false, 0);
            switch (step)
            {
                case PushStep.Push:
                    Assert.Equal(model.Count < capacity, map.TryPush(in value));
                    if (model.Count < capacity) model.Add(value);
                    break;
                case PushStep.PushOverwriting:
                    map.PushOverwriting(in value);
                    if (model.Count == capacity) model.RemoveAt(0);
                    model.Add(value);
                    break;
                case PushStep.Pop:
                    Assert.Equal(expected, (map.TryPop(out ulong popped), popped));
                    if (model.Count > 0) model.RemoveAt(next);
                    break;
                case PushStep.Peek:
                    Assert.Equal(expected, (map.TryPeek(out ulong peeked), peeked));
                    break;
                case PushStep.Clear:
                    map.Clear();
                    model.Clear();
                    break;
            }
        }
    }
}
