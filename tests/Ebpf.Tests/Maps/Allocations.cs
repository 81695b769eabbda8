namespace Ebpf.Tests.Maps;

/// <summary>Asserts that something allocates nothing.</summary>
internal static class Allocations
{
    private const int Uses = 50, Attempts = 5;

    /// <remarks>
    /// What allocates does so each time. The runtime itself allocates now and then on any thread, when it has compiled code anew or its
    /// own caches are full, the more so the more is done beside this; so one attempt of several has to be without.
    /// </remarks>
    public static void AssertNone(Action use)
    {
        // The first times compile the code and fill the pools.
        for (int i = 0; i < 3; i++) use();
        long[] allocated = new long[Attempts];
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Uses; i++) use();
            allocated[attempt] = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated[attempt] == 0) return;
        }

        Assert.Fail($"{Uses} uses allocated {string.Join(", ", allocated)} bytes.");
    }
}
