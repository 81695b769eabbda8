using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Tests;

/// <summary>Skips tests of what the running kernel is too old for. On a kernel that is new enough they run, and must pass.</summary>
internal static class Requires
{
    public static void Kernel(int major, int minor, string feature) =>
        Kernel(new Version(major, minor), feature);

    public static void Map(MapType type) => Kernel(MapVersions.Of(type) ?? new Version(), $"{type} maps");

    private static void Kernel(Version since, string feature)
    {
        Version running = KernelFacts.Of(RunningKernel.Instance).Version;
        Assert.SkipWhen(running < since, $"{feature} since Linux {since}; this is {running}");
    }
}
