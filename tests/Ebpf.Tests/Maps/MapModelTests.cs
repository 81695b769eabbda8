using CsCheck;

namespace Ebpf.Tests.Maps;

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

    [Fact]
    public void HashMap_BehavesLikeADictionary() =>
        Gen.Select(
            Gen.Frequency(
                (6, Gen.Const(Step.Set)), (3, Gen.Const(Step.TryAdd)), (3, Gen.Const(Step.Remove)), (3, Gen.Const(Step.TryRemove)),
                (3, Gen.Const(Step.Get)), (1, Gen.Const(Step.List)), (1, Gen.Const(Step.Clear))),
            Gen.UInt[0, 40],
            Gen.ULong).List[0, 80].Sample(Run, iter: 300);

    private static void Run(List<(Step Step, uint Key, ulong Value)> steps)
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
}
