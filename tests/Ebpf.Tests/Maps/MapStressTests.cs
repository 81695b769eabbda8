using System.Diagnostics;

namespace Ebpf.Tests.Maps;

/// <summary>Readers, writers and enumerators at the same time, for a while.</summary>
public sealed class MapStressTests
{
    private const uint Keys = 256;

    /// <summary>So many more elements are there all the time.</summary>
    private const uint Staying = 16;

    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(MapType.Hash)]
    [InlineData(MapType.LruHash)]
    [InlineData(MapType.LpmTrie)]
    public void Elements_AreNeverMixed(MapType type)
    {
        using BpfMap map = Make.Map(
            type,
            keySize: 8,
            valueSize: 16,
            maxEntries: 4 * Keys,
            flags: type == MapType.LpmTrie ? MapFlags.NoPreallocation : MapFlags.None);
        BpfMap<ulong, Checked> elements = map.As<ulong, Checked>();
        for (uint i = Keys; i < Keys + Staying; i++) elements[Key(i)] = Value(Key(i));
        long seen = 0;

        Run(
            random =>
            {
                ulong key = Key(random);
                elements.Update(in key, Value(key));
            },
            random =>
            {
                // Another element may have come in the place of the one that was found; then it is one of these.
                if (elements.TryGetValue(Key(random), out Checked value)) AssertWhole(value);
            },
            random =>
            {
                if (elements.TryRemove(Key(random), out Checked value)) AssertWhole(value);
            },
            _ =>
            {
                int steps = 0, staying = 0;
                foreach ((ulong key, Checked value) in elements)
                {
                    Assert.InRange(key >> 32, 0UL, Keys + Staying - 1);
                    AssertWhole(value);
                    if (key >> 32 >= Keys) staying++;
                    steps++;
                }

                Assert.InRange(steps, 0, (2 * 4 * (int)Keys) + 64);
                if (type != MapType.LruHash) Assert.Equal((int)Staying, staying);
                Interlocked.Add(ref seen, steps);
            });

        Assert.True(seen > 0);

        static void AssertWhole(Checked value) => Assert.Equal(~value.Key, value.Check);
    }

    [Theory]
    [InlineData(MapType.PerCpuHash)]
    [InlineData(MapType.LruPerCpuHash)]
    public void PerCpuElements_AreEnumeratedWhileTheyChange(MapType type)
    {
        using BpfMap map = Make.Map(type, keySize: 8, maxEntries: 4 * Keys);
        BpfPerCpuMap<ulong, ulong> elements = map.AsPerCpu<ulong, ulong>();
        for (uint i = Keys; i < Keys + Staying; i++) elements[Key(i)] = [.. Enumerable.Repeat(Key(i), elements.CpuCount)];
        long seen = 0;

        Run(
            random => elements.Update(Key(random), [.. Enumerable.Repeat(Key(random), elements.CpuCount)]),
            random => elements.Sum(Key(random)),
            random => elements.Remove(Key(random)),
            _ =>
            {
                foreach (BpfPerCpuMap<ulong, ulong>.Element element in elements)
                {
                    // Each value is one that was written, or zero of an element that is being made.
                    for (int i = 0; i < element.CpuCount; i++) Assert.InRange(element[i] >> 32, 0UL, Keys + Staying - 1);
                    Interlocked.Increment(ref seen);
                }
            });

        Assert.True(seen > 0);
    }

    [Fact]
    public void QueueValues_ArePoppedOnce()
    {
        using BpfMap map = Make.Map(MapType.Queue, keySize: 0, maxEntries: 64);
        BpfQueue<ulong> queue = map.AsQueue<ulong>();
        long pushed = 0, popped = 0, pushedSum = 0, poppedSum = 0;
        Action<Random> push = random =>
        {
            ulong value = (ulong)random.Next();
            if (!queue.TryPush(value)) return;
            Interlocked.Increment(ref pushed);
            Interlocked.Add(ref pushedSum, (long)value);
        };
        Action<Random> pop = _ =>
        {
            if (!queue.TryPop(out ulong value)) return;
            Interlocked.Increment(ref popped);
            Interlocked.Add(ref poppedSum, (long)value);
        };

        Run(push, push, pop, pop);
        while (queue.TryPeek(out _)) pop(Random.Shared);

        Assert.True(pushed > 0);
        Assert.Equal((pushed, pushedSum), (popped, poppedSum));
    }

    [Fact]
    public void Map_DisposedMeanwhile_SaysSo()
    {
        for (int round = 0; round < 20; round++)
        {
            BpfMap map = Make.Map(MapType.Hash);
            BpfMap<uint, ulong> hash = map.As<uint, ulong>();
            hash[1] = 1;
            Thread user = new(() => UseUntilDisposed(hash));
            user.Start();
            map.Dispose();
            Assert.True(user.Join(TimeSpan.FromSeconds(20)));
        }
    }

    private static void UseUntilDisposed(BpfMap<uint, ulong> hash)
    {
        try
        {
            while (true)
            {
                hash.TryGetValue(1, out _);
                hash.Count();
            }
        }
        catch (ObjectDisposedException)
        {
            // What is to happen; anything else ends the process.
        }
    }

    /// <summary>A key that is a good one for a trie also: a prefix of 32 bits.</summary>
    private static ulong Key(uint number) => ((ulong)number << 32) | 32;

    private static ulong Key(Random random) => Key((uint)random.Next((int)Keys));

    private static Checked Value(ulong key) => new(key, ~key);

    private readonly record struct Checked(ulong Key, ulong Check);

    /// <summary>Does each of some things again and again, all at the same time.</summary>
    private static void Run(params Action<Random>[] actions)
    {
        List<Exception> failures = [];
        long started = Stopwatch.GetTimestamp();
        Thread[] threads = [.. actions.Select((action, seed) => new Thread(() =>
        {
            try
            {
                Random random = new(seed);

                // On a slow machine some threads begin late.
                for (int i = 0; i < 10 || Stopwatch.GetElapsedTime(started) < Duration; i++) action(random);
            }
            catch (Exception failure)
            {
                lock (failures) failures.Add(failure);
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.Empty(failures);
    }
}
