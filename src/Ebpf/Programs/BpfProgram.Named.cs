using Ebpf.Linux;

namespace Ebpf;

/// <content>Programs by their names.</content>
public sealed partial class BpfProgram
{
    /// <summary>Opens a program by its name: the whole name in its object, or the first 15 bytes of it, which the kernel keeps.</summary>
    /// <param name="name">The name.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">
    /// There is none of this name, or several (the message has their ids); or the process lacks CAP_SYS_ADMIN.
    /// </exception>
    public static BpfProgram OpenNamed(string name, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        List<BpfProgram> found = [];
        try
        {
            ReadOnlySpan<char> kept = name.AsSpan(0, Math.Min(name.Length, ObjectName.Length - 1));
            foreach (BpfProgram program in OpenAll(kernel))
            {
                if (program.Name == name || program.Name.AsSpan().SequenceEqual(kept)) found.Add(program);
                else program.Dispose();
            }

            // One whose whole name it is comes before those of which only the beginning is known.
            if (found.Exists(program => program.Name == name)) Keep(program => program.Name == name);
            if (found is [BpfProgram only])
            {
                found.Clear();
                return only;
            }

            string operation = $"Open program \"{name}\"";
            throw found.Count == 0
                ? new BpfException(operation, Errno.ENOENT, "no program of this name is loaded")
                : new BpfException(
                    operation,
                    Errno.ENOTUNIQ,
                    $"there are several, which have to be told apart by their ids: {string.Join(", ", found.Select(program => program.Id))}");
        }
        finally
        {
            foreach (BpfProgram program in found) program.Dispose();
        }

        void Keep(Predicate<BpfProgram> isMeant)
        {
            foreach (BpfProgram program in found.FindAll(program => !isMeant(program))) program.Dispose();
            found.RemoveAll(program => !isMeant(program));
        }
    }
}
