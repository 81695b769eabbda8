using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

/// <summary>What tests of whole collections share.</summary>
internal static class CollectionFixture
{
    /// <summary>Runs something on a kernel of its own, and fails if a descriptor that it gave is still open.</summary>
    public static void AssertNoDescriptorStays(Action<FaultyKernel> action)
    {
        FaultyKernel kernel = new();
        action(kernel);
        Assert.True(kernel.Calls > 0, "nothing was asked of the kernel");
        Assert.Equal(0, kernel.OpenDescriptors);
    }
}
