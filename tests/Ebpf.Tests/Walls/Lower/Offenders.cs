// What breaks each rule once, so that the rules can be seen to find it.
using System.Runtime.InteropServices;

namespace Ebpf.Tests.Walls.Lower;

internal static partial class Offenders
{
    // A comment or a message may speak of /proc/self; this is no path.
    public const string Message = "see /proc/self/status";

    public static string Status => "/proc/self/status" + Message;

    public static string Read(string path) => File.ReadAllText(path);

    [LibraryImport("libc", EntryPoint = "getppid")]
    public static partial int ParentProcessId();

    internal static class Nested
    {
        public static Func<int> InCode { get; } = () => Upper.Visible.Answer;
    }
}
