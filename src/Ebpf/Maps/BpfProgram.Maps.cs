using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <content>Maps that belong to a program without being used by it.</content>
public sealed partial class BpfProgram
{
    /// <summary>
    /// Makes the kernel keep a map for as long as the program, even if the program does not use it, for metadata for example.
    /// Since Linux 5.10.
    /// </summary>
    /// <param name="map">The map. Binding it again has no effect.</param>
    /// <exception cref="ObjectDisposedException">The program or the map is disposed.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void BindMap(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        Errno error = Kernel.BindMap(Handle, map.Handle);
        if (error == Errno.None) return;
        string operation = $"Bind map \"{map.Name}\" to program \"{Name}\"";
        Version since = new(5, 10);
        throw error == Errno.EINVAL && KernelFacts.Of(Kernel).Version < since
            ? new FeatureNotSupportedException(operation, "the binding of maps to programs", since, error)
            : Refusal.Explain(Kernel, operation, error, Privileges.Bpf);
    }

    /// <summary>
    /// Associates the program with a struct_ops map: kfuncs of the struct_ops subsystem that the program calls then work on that
    /// map. Since Linux 7.0.
    /// </summary>
    /// <param name="map">
    /// The struct_ops map, which the kernel keeps for as long as the program. A program can be associated only once.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The map is not a struct_ops map, or the program is itself one of the functions of such a map.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The program or the map is disposed.</exception>
    /// <exception cref="FeatureNotSupportedException">The kernel is too old.</exception>
    /// <exception cref="BpfException">
    /// The program is associated with a struct_ops map already, or the kernel refused for another reason.
    /// </exception>
    public void AssociateStructOps(BpfMap map)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Type != MapType.StructOps) throw new ArgumentException($"{map} is no struct_ops map.", nameof(map));
        if (Type == ProgramType.StructOps)
            throw new ArgumentException($"Program \"{Name}\" is itself a function of a struct_ops map.", nameof(map));
        Errno error = Kernel.AssociateStructOps(Handle, map.Handle);
        if (error == Errno.None) return;
        string operation = $"Associate program \"{Name}\" with struct_ops map \"{map.Name}\"";
        Version since = new(7, 0);
        if (error == Errno.EINVAL && KernelFacts.Of(Kernel).Version < since)
            throw new FeatureNotSupportedException(operation, "programs that belong to a struct_ops map", since, error);
        throw Refusal.Explain(
            Kernel, operation, error, Privileges.Bpf, error == Errno.EBUSY ? "it belongs to one already" : null);
    }
}
