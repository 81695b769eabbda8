using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Ebpf.Tests.Kernel;

/// <summary>A thread without capabilities, in a process that has them.</summary>
internal static unsafe partial class PrivilegeThread
{
    /// <summary>Runs something on a thread that has given up all of its capabilities.</summary>
    public static void RunWithout(Action action)
    {
        ExceptionDispatchInfo? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                // _LINUX_CAPABILITY_VERSION_3, this thread; effective, permitted and inheritable, twice 32 bits of each.
                const int number64 = 126, numberArm64 = 91;
                uint* header = stackalloc uint[2] { 0x20080522, 0 };
                uint* none = stackalloc uint[6];
                int number = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? number64 : numberArm64;
                Assert.Equal(0, SystemCall(number, header, none));
                action();
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        thread.Join();
        failure?.Throw();
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, uint* header, uint* data);
}
