using System.Runtime.InteropServices;

namespace Ebpf.Tests.Child;

/// <summary>
/// A BPF file system that belongs to the user namespace of this process: opened here, given what it delegates by the parent, which has
/// the right to do so, and mounted here.
/// </summary>
internal static unsafe partial class DelegatedFileSystem
{
    // The numbers are the same on all architectures.
    private const nint OpenFileSystem = 430, MountFileSystem = 432, MoveMount = 429;
    private const nint FromDescriptor = 4; // MOVE_MOUNT_F_EMPTY_PATH
    private const nint CurrentDirectory = -100;

    public static void Mount(string directory)
    {
        nint context = Call(OpenFileSystem, "bpf", 0);
        Console.WriteLine(context);
        Console.ReadLine();
        nint mount = Check(SystemCall(MountFileSystem, context, 0, 0, 0, 0));
        fixed (byte* empty = "\0"u8, target = System.Text.Encoding.UTF8.GetBytes(directory + '\0'))
            Check(SystemCall(MoveMount, mount, (nint)empty, CurrentDirectory, (nint)target, FromDescriptor));
    }

    private static nint Call(nint number, string text, nint argument)
    {
        fixed (byte* pointer = System.Text.Encoding.UTF8.GetBytes(text + '\0'))
            return Check(SystemCall(number, (nint)pointer, argument, 0, 0, 0));
    }

    private static nint Check(nint result) => result >= 0
        ? result
        : throw new BpfException("Mount a BPF file system", (Errno)Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint a, nint b, nint c, nint d, nint e);
}
