namespace Ebpf.Tests.Maps;

/// <summary>Values in which the kernel keeps something of its own: spin locks and timers.</summary>
public sealed class LockAndTimerTests
{
    [Fact]
    public void Lock_KeepsReadersAndWritersApart()
    {
        using LoadedMaps maps = new("map_data", ["locked_write"]);
        BpfMap<uint, Locked> locks = maps["locks"].As<uint, Locked>();
        locks.Update(1, default);
        BpfProgram program = maps.Program("locked_write");
        byte[] packet = Packets.Udp();
        using CancellationTokenSource stop = new();
        Thread writer = new(() =>
        {
            TestRunOptions options = new() { Data = packet, Repeat = 10_000 };
            while (!stop.IsCancellationRequested) program.TestRun(options);
        });
        writer.Start();
        try
        {
            for (int i = 0; i < 20_000; i++)
            {
                Assert.True(locks.TryGetValue(1, out Locked value, MapLookupFlags.Lock));
                Assert.Equal(value.A, value.B);
                Assert.Equal(0u, value.Lock);
                if (i % 100 == 0) locks.Update(1, new Locked { A = (ulong)i, B = (ulong)i }, MapUpdateFlags.Lock);
            }
        }
        finally
        {
            stop.Cancel();
            writer.Join();
        }
    }

    [Fact]
    public void Lock_WorksWithEveryWayOfReading()
    {
        using LoadedMaps maps = new("map_data", ["locked_write"]);
        BpfMap<uint, Locked> locks = maps["locks"].As<uint, Locked>();
        locks.Update(1, new Locked { A = 3, B = 3 });
        locks.Update(1, new Locked { A = 4, B = 4 }, MapUpdateFlags.Lock | MapUpdateFlags.Exist);
        uint[] keys = new uint[4];
        Locked[] values = new Locked[4];

        Assert.Equal(1, locks.ReadBatch(maps["locks"].CreateCursor(), keys, values, MapLookupFlags.Lock));
        Assert.Equal((1u, 4UL), (keys[0], values[0].A));
        Assert.True(locks.TryRemove(1, out Locked removed, MapLookupFlags.Lock));
        Assert.Equal(4UL, removed.B);
    }

    [Fact]
    public void Lock_InAMapWithoutLocks_IsRefused()
    {
        using BpfMap map = Make.Map(MapType.Hash);

        Assert.Equal(
            Errno.EINVAL,
            Assert.Throws<BpfException>(() => map.As<uint, ulong>().TryGetValue(1, out _, MapLookupFlags.Lock)).Errno);
    }

    [Fact]
    public void Timer_FiresInTheValue()
    {
        Requires.Kernel(5, 15, "timers");
        using LoadedMaps maps = new("map_data", ["start_timer"]);
        BpfMap<uint, Timed> timers = maps["timers"].As<uint, Timed>();
        timers.Update(1, default);
        const ulong millisecond = 1_000_000;

        Assert.Equal(0, maps.Run("start_timer", "request", millisecond));

        Assert.True(SpinWait.SpinUntil(() => timers[1].Fired == 1, TimeSpan.FromSeconds(20)));
        Assert.True(timers.Remove(1));
    }

    private struct Locked
    {
        public uint Lock;
        public uint Writes;
        public ulong A, B;
    }

    private struct Timed
    {
        public ulong Timer, TimerEnd;
        public ulong Fired;
    }
}
