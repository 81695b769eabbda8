using Ebpf.Errors;
using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The numbers under which the kernel knows its objects.</summary>
internal static class ObjectIds
{
    /// <summary>Lists the numbers of all objects of one kind on this machine, in ascending order, while it is walked over.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="command">One of the <c>GetNextId</c> commands.</param>
    /// <param name="what">What is listed, for messages: <c>maps</c>.</param>
    /// <param name="after">The number after which to begin; 0 for all.</param>
    /// <exception cref="BpfException">The process lacks CAP_SYS_ADMIN, or the kernel refused otherwise.</exception>
    public static IEnumerable<uint> List(LinuxKernel kernel, BpfCommand command, string what, uint after = 0)
    {
        uint id = after;
        while (true)
        {
            Errno error = kernel.GetNextId(command, ref id);
            if (error == Errno.ENOENT) yield break;
            if (error != Errno.None) throw Refusal.Explain(kernel, $"List all {what}", error, Privileges.SysAdmin);
            yield return id;
        }
    }
}
