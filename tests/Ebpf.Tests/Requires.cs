using Ebpf.Asm;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Tests;

/// <summary>Skips tests of what the running kernel is too old for. On a kernel that is new enough they run, and must pass.</summary>
internal static class Requires
{
    public static void Kernel(int major, int minor, string feature) =>
        Kernel(new Version(major, minor), feature);

    public static void Map(MapType type) => Kernel(MapVersions.Of(type) ?? new Version(), $"{type} maps");

    /// <summary>A kernel that is locked down, or lacks the code for it, refuses programs that hook into its functions.</summary>
    public static void HooksIntoFunctions()
    {
        try
        {
            CollectionSpec spec = new();
            spec.Programs.Add("entry", new ProgramSpec
            {
                Name = "entry",
                Type = ProgramType.Tracing,
                AttachType = AttachType.TraceFentry,
                AttachTo = "bpf_fentry_test1",
                License = "GPL",
                Instructions = [Asm.Instruction.Mov(Asm.Register.R0, 0), Asm.Instruction.Exit()],
            });
            BpfCollection.Load(spec).Dispose();
        }
        catch (BpfException error) when (error.Errno == Errno.EPERM)
        {
            Assert.Skip("this kernel refuses fentry (EPERM)");
        }
    }

    /// <summary>Kernels can be built without kprobes (CONFIG_KPROBES).</summary>
    public static void Kprobes() => Assert.SkipUnless(
        RunningKernel.Instance.Exists(KernelPaths.KprobeEventType), "this kernel has no kprobes (CONFIG_KPROBES)");

    /// <summary>Where BPF is not among the security modules, LSM programs would never run, and are refused.</summary>
    public static void SecurityModuleOfBpf()
    {
        const string list = "/sys/kernel/security/lsm";
        string modules = File.Exists(list) ? File.ReadAllText(list) : "";
        Assert.SkipUnless(modules.Split(',').Contains("bpf"), $"bpf is not among the security modules of this kernel ({modules})");
    }

    private static void Kernel(Version since, string feature)
    {
        Version running = KernelFacts.Of(RunningKernel.Instance).Version;
        Assert.SkipWhen(running < since, $"{feature} since Linux {since}; this is {running}");
    }
}
