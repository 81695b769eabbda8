using System.ComponentModel;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Verifier;

/// <summary>What the verifier forbids only those without CAP_PERFMON.</summary>
public sealed unsafe partial class PrivilegeMistakeTests
{
    /// <summary>CAP_BPF and CAP_NET_ADMIN.</summary>
    private const ulong Kept = (1UL << 39) | (1UL << 12);

    [Theory]
    [InlineData("returns_pointer", VerifierMistake.PointerLeak)]
    [InlineData("compares_pointers", VerifierMistake.PointerArithmetic)]
    [InlineData("unset_stack", VerifierMistake.UninitializedStack)]
    public void Load_WithoutPerfMon_NamesTheMistakeAndTheCapability(string program, VerifierMistake mistake)
    {
        // Capabilities belong to threads; the file tells of the first one.
        FaultyKernel kernel = new();
        kernel.Files["/proc/thread-self/status"] = $"CapEff:\t{Kept:x16}\nSeccomp:\t0\n";
        CollectionSpec spec = Refused.Spec("verifier_memory", program);

        VerifierException error = WithoutPerfMon(
            () => Assert.Throws<VerifierException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel })));

        Assert.Equal((mistake, error.Reason), (error.Mistake, error.Reason));
        Assert.Contains("/* wrong", error.SourceLine?.Text);
        Assert.Contains("the program needs CAP_PERFMON (this process does not have it)", error.Remedy);
    }

    /// <summary>Runs something on a thread of its own, which has no other capabilities than CAP_BPF and CAP_NET_ADMIN.</summary>
    private static T WithoutPerfMon<T>(Func<T> action)
    {
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                Keep(Kept);
                result = action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    private static void Keep(ulong capabilities)
    {
        // _LINUX_CAPABILITY_VERSION_3; this thread; effective, permitted, inheritable, for each half.
        uint* header = stackalloc uint[] { 0x20080522, 0 };
        uint low = (uint)capabilities, high = (uint)(capabilities >> 32);
        uint* data = stackalloc uint[] { low, low, 0, high, high, 0 };
        if (SetCapabilities(header, data) != 0) throw new Win32Exception();
    }

    [LibraryImport("libc", EntryPoint = "capset", SetLastError = true)]
    private static partial int SetCapabilities(uint* header, uint* data);
}
