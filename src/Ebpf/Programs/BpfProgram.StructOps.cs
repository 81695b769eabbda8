using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>Tables of functions to which a program belongs that is none of their functions.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Tells the kernel to which table of functions this program belongs: the kfuncs of that table's subsystem, called by the
    /// program, then work on this table. Since Linux 7.0.
    /// </summary>
    /// <param name="table">A map of a table of functions, which the program keeps. It can be said once only.</param>
    /// <exception cref="ArgumentException">The map is no table of functions, or the program is itself a function of one.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is older.</exception>
    /// <exception cref="BpfException">The program belongs to a table already, or the kernel refused otherwise.</exception>
    public void AssociateStructOps(BpfMap table)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Type != MapType.StructOps) throw new ArgumentException($"{table} is no table of functions.", nameof(table));
        if (Type == ProgramType.StructOps)
            throw new ArgumentException($"Program \"{Name}\" is a function of a table itself.", nameof(table));
        Errno error = Handle.Kernel.AssociateStructOps(Handle, table.Handle);
        if (error == Errno.None) return;
        string operation = $"Associate program \"{Name}\" with table of functions \"{table.Name}\"";
        Version since = new(7, 0);
        if (error == Errno.EINVAL && KernelFacts.Of(Handle.Kernel).Version < since)
            throw new FeatureNotSupportedException(operation, "programs that belong to a table of functions", since, error);
        throw Refusal.Explain(
            Handle.Kernel, operation, error, Privileges.Bpf, error == Errno.EBUSY ? "it belongs to one already" : null);
    }
}
