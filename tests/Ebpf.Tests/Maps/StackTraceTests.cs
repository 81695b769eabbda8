namespace Ebpf.Tests.Maps;

public sealed class StackTraceTests
{
    [Fact]
    public void Stacks_HoldAddressesOfTheKernel()
    {
        using LoadedMaps maps = new("map_objects", ["kernel_stack"]);
        BpfStackTraces<ulong> stacks = maps["stacks"].AsStackTraces();

        int id = maps.Run("kernel_stack");

        Assert.True(id >= 0);
        Assert.Equal(16, stacks.MaxDepth);
        ulong[] frames = stacks[(uint)id];
        Assert.NotEmpty(frames);
        Assert.All(frames, frame => Assert.True(frame > ulong.MaxValue / 2, $"{frame:x} is no address of the kernel"));
        Assert.Equal([(uint)id], stacks);
        Assert.Equal(1, stacks.Count());

        Assert.True(stacks.Remove((uint)id));
        Assert.False(stacks.Remove((uint)id));
        Assert.False(stacks.TryGetFrames((uint)id, new ulong[16], out int count));
        Assert.Equal(0, count);
        Assert.Equal(
            $"Map \"stacks\" has no stack {id}.", Assert.Throws<KeyNotFoundException>(() => stacks[(uint)id]).Message);
    }

    [Fact]
    public void Clear_RemovesAllStacks()
    {
        using LoadedMaps maps = new("map_objects", ["kernel_stack"]);
        BpfStackTraces<ulong> stacks = maps["stacks"].AsStackTraces();
        maps.Run("kernel_stack");

        stacks.Clear();

        Assert.Empty(stacks);
    }

    [Fact]
    public void BuildIdStacks_HoldPlacesInFiles()
    {
        using LoadedMaps maps = new("map_objects", ["user_places"]);
        BpfStackTraces<BuildIdFrame> places = maps["places"].AsBuildIdStackTraces();

        // The innermost frame is that of the system call, in the C library. While another thread changes what is mapped the
        // kernel does not wait for it, and gives the address alone.
        BuildIdFrame[] frames = [];
        Assert.True(
            SpinWait.SpinUntil(
                () =>
                {
                    places.Clear();
                    int id = maps.Run("user_places");
                    Assert.True(id >= 0);
                    frames = places[(uint)id];
                    return frames[0].Status == BuildIdFrameStatus.Valid;
                },
                TimeSpan.FromSeconds(20)));

        Assert.DoesNotContain(frames, frame => frame.Status == BuildIdFrameStatus.Empty);
        foreach (BuildIdFrame frame in frames)
        {
            if (frame.Status == BuildIdFrameStatus.InstructionPointer)
            {
                Assert.Equal(0UL, frame.Offset);
                Assert.NotEqual(0UL, frame.InstructionPointer);
            }
            else
            {
                Assert.Equal(0UL, frame.InstructionPointer);
                byte[] buildId = frame.BuildId.ToArray();
                Assert.Contains(MappedFiles(), file => Holds(file, buildId));
            }
        }
    }

    [Fact]
    public void BuildIdFrame_Made_HoldsWhatItWasGiven()
    {
        BuildIdFrame frame = new(BuildIdFrameStatus.Valid, [1, 2, 3], 0x1234);

        Assert.Equal([1, 2, 3, .. new byte[17]], frame.BuildId.ToArray());
        Assert.Equal((0x1234UL, 0UL), (frame.Offset, frame.InstructionPointer));
        Assert.Throws<ArgumentException>(() => new BuildIdFrame(BuildIdFrameStatus.Valid, new byte[21], 0));
    }

    [Fact]
    public void WrongForm_PointsToTheOther()
    {
        using LoadedMaps maps = new("map_objects", [], "stacks", "places");

        Assert.Contains("AsBuildIdStackTraces", Assert.Throws<NotSupportedException>(maps["places"].AsStackTraces).Message);
        Assert.Contains("use AsStackTraces", Assert.Throws<NotSupportedException>(maps["stacks"].AsBuildIdStackTraces).Message);
    }

    [Fact]
    public void TryGetFrames_TooShortASpan_IsNamed()
    {
        using LoadedMaps maps = new("map_objects", [], "stacks");

        ArgumentException error = Assert.Throws<ArgumentException>(
            () => maps["stacks"].AsStackTraces().TryGetFrames(0, new ulong[15], out _));

        Assert.StartsWith("A stack in map \"stacks\" has up to 16 frames; the span has room for 15.", error.Message);
    }

    [Fact]
    public void Operations_AllocateNothing()
    {
        using LoadedMaps maps = new("map_objects", ["kernel_stack"]);
        BpfStackTraces<ulong> stacks = maps["stacks"].AsStackTraces();
        uint id = (uint)maps.Run("kernel_stack");
        ulong[] frames = new ulong[stacks.MaxDepth];

        Allocations.AssertNone(() =>
        {
            stacks.TryGetFrames(id, frames, out _);
            stacks.Count();
            stacks.Remove(uint.MaxValue);
        });
    }

    private static IEnumerable<string> MappedFiles() =>
        File.ReadLines("/proc/self/maps")
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(parts => parts.Length == 6 && parts[5].StartsWith('/') && File.Exists(parts[5]))
            .Select(parts => parts[5])
            .Distinct();

    private static bool Holds(string file, byte[] buildId)
    {
        using FileStream stream = File.OpenRead(file);
        byte[] start = new byte[8192];
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return start.AsSpan(0, length).IndexOf(buildId) >= 0;
    }
}
