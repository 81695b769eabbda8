using System.Runtime.InteropServices;

namespace Ebpf.Tests.Loading;

/// <summary>What the C library does for the calling thread alone.</summary>
internal static partial class ThreadCalls
{
    private const int NewNetwork = 0x40000000; // CLONE_NEWNET

    /// <summary>The number of the calling thread.</summary>
    public static int Id => GetThreadId();

    /// <summary>The network namespace of the calling thread.</summary>
    public static string Network => File.ResolveLinkTarget("/proc/thread-self/ns/net", returnFinalTarget: false)!.Name;

    /// <summary>Moves the calling thread into a network namespace of its own.</summary>
    public static void LeaveNetwork() => Assert.Equal(0, Unshare(NewNetwork));

    /// <summary>Sends SIGCHLD, for which the runtime has a handler, to a thread of this process.</summary>
    public static bool Interrupt(int thread) => SendSignal(Environment.ProcessId, thread, 17) == 0;

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "tgkill")]
    private static partial int SendSignal(int process, int thread, int signal);
}
