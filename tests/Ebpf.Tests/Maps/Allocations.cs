namespace Ebpf.Tests.Maps;

/// <summary>Asserts that something allocates nothing.</summary>
internal static class Allocations
{
    public static void AssertNone(Action use)
    {
        // The first times compile the code and fill the pools.
        for (int i = 0; i < 3; i++) use();
        Span<long> allocated = stackalloc long[50];
        for (int i = 0; i < allocated.Length; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            use();
            allocated[i] = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(new long[allocated.Length], allocated.ToArray());
    }
}
