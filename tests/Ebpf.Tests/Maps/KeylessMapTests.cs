namespace Ebpf.Tests.Maps;

public sealed class KeylessMapTests
{
    [Fact]
    public void Queue_GivesTheOldestFirst()
    {
        using BpfMap map = Make.Map(MapType.Queue, keySize: 0, maxEntries: 3);
        BpfQueue<ulong> queue = map.AsQueue<ulong>();

        queue.Push(1);
        queue.Push(2);
        Assert.True(queue.TryPush(3));

        Assert.False(queue.TryPush(4));
        Assert.Equal(1UL, queue.Peek());
        Assert.Equal(1UL, queue.Pop());
        Assert.True(queue.TryPeek(out ulong next));
        Assert.Equal(2UL, next);
        Assert.True(queue.TryPop(out next));
        Assert.Equal(2UL, next);
        Assert.Equal(3UL, queue.Pop());
        Assert.False(queue.TryPop(out next));
        Assert.Equal(0UL, next);
        Assert.False(queue.TryPeek(out _));
    }

    [Fact]
    public void Stack_GivesTheNewestFirst()
    {
        using BpfMap map = Make.Map(MapType.Stack, keySize: 0, maxEntries: 3);
        BpfStack<ulong> stack = map.AsStack<ulong>();

        stack.Push(1);
        stack.Push(2);
        Assert.True(stack.TryPush(3));

        Assert.False(stack.TryPush(4));
        Assert.Equal(3UL, stack.Peek());
        Assert.Equal(3UL, stack.Pop());
        Assert.True(stack.TryPeek(out ulong next));
        Assert.Equal(2UL, next);
        Assert.True(stack.TryPop(out _));
        Assert.Equal(1UL, stack.Pop());
        Assert.False(stack.TryPop(out _));
    }

    [Fact]
    public void Push_OnAFullQueue_SaysSo()
    {
        using BpfMap map = Make.Map(MapType.Queue, keySize: 0, maxEntries: 1);
        BpfQueue<ulong> queue = map.AsQueue<ulong>();
        queue.Push(1);

        MapException error = Assert.Throws<MapException>(() => queue.Push(2));

        Assert.Equal("Push in map \"test\": E2BIG: the map is full (1 entry)", error.Message);
    }

    [Fact]
    public void PushOverwriting_OnFullOnes_DropsTheOldest()
    {
        using BpfMap first = Make.Map(MapType.Queue, keySize: 0, maxEntries: 2);
        using BpfMap second = Make.Map(MapType.Stack, keySize: 0, maxEntries: 2);
        BpfQueue<ulong> queue = first.AsQueue<ulong>();
        BpfStack<ulong> stack = second.AsStack<ulong>();
        for (ulong i = 1; i <= 3; i++)
        {
            queue.PushOverwriting(i);
            stack.PushOverwriting(i);
        }

        Assert.Equal([2UL, 3UL], [queue.Pop(), queue.Pop()]);
        Assert.Equal([3UL, 2UL], [stack.Pop(), stack.Pop()]);
    }

    [Fact]
    public void PopAndPeek_OnEmptyOnes_Throw()
    {
        using BpfMap first = Make.Map(MapType.Queue, keySize: 0);
        using BpfMap second = Make.Map(MapType.Stack, keySize: 0);

        InvalidOperationException error = Assert.Throws<InvalidOperationException>(() => first.AsQueue<ulong>().Pop());
        Assert.Equal("Queue \"test\" is empty.", error.Message);
        Assert.Throws<InvalidOperationException>(() => first.AsQueue<ulong>().Peek());
        Assert.Throws<InvalidOperationException>(() => second.AsStack<ulong>().Pop());
        Assert.Throws<InvalidOperationException>(() => second.AsStack<ulong>().Peek());
    }

    [Fact]
    public void Clear_LeavesNothing()
    {
        using BpfMap first = Make.Map(MapType.Queue, keySize: 0);
        using BpfMap second = Make.Map(MapType.Stack, keySize: 0);
        for (ulong i = 0; i < 64; i++)
        {
            first.AsQueue<ulong>().Push(i);
            second.AsStack<ulong>().Push(i);
        }

        first.AsQueue<ulong>().Clear();
        second.AsStack<ulong>().Clear();

        Assert.False(first.AsQueue<ulong>().TryPeek(out _));
        Assert.False(second.AsStack<ulong>().TryPeek(out _));
    }

    [Fact]
    public void QueueAndStack_AreSharedWithPrograms()
    {
        using LoadedMaps maps = new("map_data", ["queue_push", "queue_pop", "stack_push", "stack_peek"]);
        BpfQueue<ulong> queue = maps["queue"].AsQueue<ulong>();
        BpfStack<ulong> stack = maps["stack"].AsStack<ulong>();

        Assert.Equal(0, maps.Run("queue_push", "request", 7UL));
        queue.Push(8);
        Assert.Equal(7UL, queue.Pop());
        Assert.Equal(0, maps.Run("queue_pop"));
        Assert.Equal(8UL, maps.Get<ulong>("answer"));
        Assert.Equal(-(int)Errno.ENOENT, maps.Run("queue_pop"));

        stack.Push(5);
        Assert.Equal(0, maps.Run("stack_push", "request", 6UL));
        Assert.Equal(0, maps.Run("stack_peek"));
        Assert.Equal(6UL, maps.Get<ulong>("answer"));
        Assert.Equal(6UL, stack.Pop());
        Assert.Equal(5UL, stack.Pop());
    }

    [Fact]
    public void BloomFilter_FindsWhatWasAdded()
    {
        Requires.Map(MapType.BloomFilter);
        using BpfMap map = Make.Map(MapType.BloomFilter, keySize: 0, maxEntries: 1000);
        BpfBloomFilter<ulong> filter = map.AsBloomFilter<ulong>();
        for (ulong i = 0; i < 500; i++) filter.Add(i);

        Assert.All(Enumerable.Range(0, 500), i => Assert.True(filter.MayContain((ulong)i)));

        // Five hashes and half of what there is room for: about one in a thousand.
        Assert.InRange(Enumerable.Range(1000, 1000).Count(i => filter.MayContain((ulong)i)), 0, 100);
    }

    [Fact]
    public void BloomFilter_IsSharedWithPrograms()
    {
        Requires.Map(MapType.BloomFilter);
        using LoadedMaps maps = new("map_data", ["bloom_add", "bloom_find"]);
        BpfBloomFilter<ulong> filter = maps["bloom"].AsBloomFilter<ulong>();

        Assert.Equal(-(int)Errno.ENOENT, maps.Run("bloom_find", "request", 9UL));
        filter.Add(9);
        Assert.Equal(0, maps.Run("bloom_find"));
        Assert.False(filter.MayContain(10));
        Assert.Equal(0, maps.Run("bloom_add", "request", 10UL));
        Assert.True(filter.MayContain(10));
    }

    [Fact]
    public void AsBloomFilter_OfValuesWithPadding_NamesTheField()
    {
        Requires.Map(MapType.BloomFilter);
        using BpfMap map = Make.Map(MapType.BloomFilter, keySize: 0);

        ArgumentException error = Assert.Throws<ArgumentException>(() => map.AsBloomFilter<Padded>());

        Assert.Contains("cannot be the value of map \"test\"", error.Message);
        Assert.Contains("2 bytes of padding after field Port", error.Message);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using BpfMap first = Make.Map(MapType.Queue, keySize: 0);
        using BpfMap second = Make.Map(MapType.Stack, keySize: 0);
        BpfQueue<ulong> queue = first.AsQueue<ulong>();
        BpfStack<ulong> stack = second.AsStack<ulong>();

        Allocations.AssertNone(() =>
        {
            queue.Push(1);
            queue.TryPush(2);
            queue.PushOverwriting(3);
            queue.TryPeek(out _);
            queue.Pop();
            queue.Clear();
            stack.Push(1);
            stack.TryPush(2);
            stack.PushOverwriting(3);
            stack.TryPeek(out _);
            stack.Pop();
            stack.Clear();
        });
    }

    [Fact]
    public void BloomFilter_OperationsAllocateNothing()
    {
        Requires.Map(MapType.BloomFilter);
        using BpfMap map = Make.Map(MapType.BloomFilter, keySize: 0);
        BpfBloomFilter<ulong> filter = map.AsBloomFilter<ulong>();

        Allocations.AssertNone(() =>
        {
            filter.Add(1);
            filter.MayContain(2);
        });
    }

    private struct Padded
    {
        public uint Address;
        public ushort Port;
    }
}
