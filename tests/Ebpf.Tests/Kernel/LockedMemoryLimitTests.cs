using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public sealed class LockedMemoryLimitTests
{
    [Fact]
    public void TryRaise_AnotherThreadWasFaster_SaysThatTryingAgainMakesSense()
    {
        FaultyKernel kernel = Counting();

        Assert.True(LockedMemoryLimit.TryRaise(kernel));
        Assert.True(LockedMemoryLimit.TryRaise(kernel));
        Assert.Equal(ResourceLimit.Infinity, kernel.ResourceLimits[ResourceLimit.LockedMemory].Current);
    }

    [Fact]
    public void TryRaise_ByManyThreadsAtOnce_SucceedsForEach()
    {
        FaultyKernel kernel = Counting();
        bool[] raised = new bool[32];

        Parallel.For(0, raised.Length, i => raised[i] = LockedMemoryLimit.TryRaise(kernel));

        Assert.DoesNotContain(false, raised);
    }

    [Fact]
    public void TryRaise_LimitThatWasNone_IsNotTheReason()
    {
        FaultyKernel kernel = Counting();
        kernel.ResourceLimits[ResourceLimit.LockedMemory] = new() { Current = ResourceLimit.Infinity, Maximum = ResourceLimit.Infinity };

        Assert.False(LockedMemoryLimit.TryRaise(kernel));
    }

    [Fact]
    public void RaiseLockedMemoryLimit_OldKernel_TakesItAway()
    {
        FaultyKernel kernel = Counting();

        kernel.RaiseLockedMemoryLimit();

        Assert.Equal(ResourceLimit.Infinity, kernel.ResourceLimits[ResourceLimit.LockedMemory].Maximum);
    }

    [Fact]
    public void RaiseLockedMemoryLimit_KernelThatDoesNotCount_ChangesNothing()
    {
        FaultyKernel kernel = new() { Files = { [FaultyKernel.Release] = "5.11.0", [FaultyKernel.Build] = "" } };

        kernel.RaiseLockedMemoryLimit();

        Assert.Empty(kernel.ResourceLimits);
    }

    [Fact]
    public void RaiseLockedMemoryLimit_WithoutTheCapability_GoesToTheHardLimitAndSaysSo()
    {
        FaultyKernel kernel = Counting();
        KernelFacts.Of(kernel).Version.ToString();
        kernel.FailingCall = kernel.Calls + 1;

        BpfException error = Assert.Throws<BpfException>(kernel.RaiseLockedMemoryLimit);

        Assert.Equal(
            "Raise the limit of locked memory (RLIMIT_MEMLOCK): EPERM: needs CAP_SYS_RESOURCE; the limit is 8388608 bytes, as the hard limit allows",
            error.Message);
        Assert.Equal(8u << 20, kernel.ResourceLimits[ResourceLimit.LockedMemory].Current);
    }

    /// <summary>A kernel that counts locked memory, and a limit of 64 KiB that can be raised to 8 MiB by anybody.</summary>
    private static FaultyKernel Counting() => new()
    {
        Files = { ["/proc/version_signature"] = null, [FaultyKernel.Release] = "5.10.0", [FaultyKernel.Build] = "" },
        ResourceLimits = { [ResourceLimit.LockedMemory] = new ResourceLimit { Current = 64 << 10, Maximum = 8 << 20 } },
    };
}
