namespace Ebpf.Tests.Maps;

/// <summary>Asserts that something allocates nothing.</summary>
internal static class Allocations
{
    public static void AssertNone(Action use)
    {
        // The first times compile the code and fill the pools.
        for (int i = 0; i < 3; i++) use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 50; i++) use();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
