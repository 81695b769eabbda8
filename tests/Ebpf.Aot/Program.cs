using Ebpf;

// Loads an object into classes, and fails if anything in them is missing or does not work.
CollectionSpec whole = CollectionSpec.Load(args[0]);
whole.Maps["shared"].Pinning = MapPinning.None;
Objects objects = whole.LoadAndAssign<Objects>();
uint result = objects.Left!.TestRun(new byte[64]);
Check(result == 10, "program Left", result);
objects.FlowStats![new Flow(0, 0, 6)] = new Traffic(1, 2);
result = objects.Left.TestRun(new byte[64]);
Check(result == 11 && objects.FlowStats[new Flow(0, 0, 6)].Packets == 2, "map FlowStats", objects.FlowStats[new Flow(0, 0, 6)]);
objects.Counters!.Data![0] = new Step(5);
objects.Add!.TestRun(new byte[64]);
Check(objects.Counters.Total!.Get<ulong>() == 5, "variable Total", objects.Counters.Total.Get<ulong>());
objects.Queue!.Push(3u);
Check(objects.Queue.TryPop(out uint popped) && popped == 3, "queue", popped);
Check(objects.PerCpu!.Sum(0u) == 0, "per-CPU map", objects.PerCpu!.Sum(0u));
Check(objects.Inners.First![0] == 0 && objects.Inners.Outer!.Count() == 2, "map of maps", objects.Inners.Outer!.Count());
Check(objects.Turns!.Count() == 2, "program array", objects.Turns!.Count());
Check(objects.Shared is { MaxEntries: 4 }, "spec", objects.Shared);

Made made = whole.LoadAndAssign<Made>();
made.Flows[new Flow(0, 0, 6)] = new Counted(7, 8);
made.Left.TestRun(new byte[64]);
Check(made.Flows[new Flow(0, 0, 6)].Packets == 8, "program of a record", made.Flows[new Flow(0, 0, 6)]);
made.Queue.Push(9u);
Check(made.Queue.TryPop(out uint ticket) && ticket == 9, "required property", ticket);
Check(made.Group.PerCpu.Sum(0u) == 0 && made.Other == 7, "group of a record", made.Other);

CollectionSpec kinds = new();
foreach (MapType type in (MapType[])[
    MapType.Hash, MapType.PerCpuHash, MapType.LpmTrie, MapType.Queue, MapType.Stack, MapType.ProgramArray, MapType.HashOfMaps,
    MapType.PerfEventArray, MapType.CgroupArray, MapType.SockHash, MapType.ReuseportSockArray, MapType.DevMap, MapType.CpuMap,
    MapType.StackTrace])
{
    (uint key, uint value) = type switch
    {
        MapType.Queue or MapType.Stack => (0u, 16u),
        MapType.PerCpuHash or MapType.StackTrace => (type == MapType.StackTrace ? 4u : 16u, 8u),
        MapType.LpmTrie => (8u, 16u),
        MapType.Hash => (16u, 16u),
        MapType.HashOfMaps or MapType.SockHash => (16u, 4u),
        _ => (4u, 4u),
    };
    MapSpec spec = new() { Name = "any", Type = type, KeySize = key, ValueSize = value, MaxEntries = 2 };
    if (type == MapType.LpmTrie) spec.Flags = MapFlags.NoPreallocation;
    if (type == MapType.HashOfMaps) spec.InnerMap = new MapSpec { Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
    kinds.Maps.Add(type.ToString(), spec);
}

Views views = kinds.LoadAndAssign<Views>();
views.Hash![new Wide(1, 2)] = new Wide(3, 4);
Check(views.Hash[new Wide(1, 2)].Second == 4, "hash table", views.Hash[new Wide(1, 2)]);
views.Stack!.Push(new Wide(5, 6));
Check(views.Stack.TryPop(out Wide top) && top.First == 5, "stack", top);
object?[] all =
[
    views.PerCpuHash, views.LpmTrie, views.Queue, views.ProgramArray, views.HashOfMaps, views.PerfEventArray, views.CgroupArray,
    views.SockHash, views.ReuseportSockArray, views.DevMap, views.CpuMap, views.StackTrace,
];
Check(all.All(view => view is not null), "views", all.Count(view => view is null));

try
{
    whole.LoadAndAssign<Wrong>();
    Check(false, "view that does not fit", "no error");
}
catch (BpfException error)
{
    Check(error.Message.Contains("Crossed", StringComparison.Ordinal), "view that does not fit", error.Message);
}

Console.WriteLine($"ahead of time: {(System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported ? "no" : "yes")}, all assigned");

static void Check(bool isRight, string what, object? found)
{
    if (isRight) return;
    Console.Error.WriteLine($"{what}: found {found}");
    Environment.Exit(1);
}
