using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.BtfObjects;

/// <summary>The kernel's types, and those of the modules that were read on their base.</summary>
internal sealed class ModuleTypes(LinuxKernel kernel, BtfSpec kernelTypes)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (ulong Inode, BtfSpec Types)> _read = new(StringComparer.Ordinal);

    /// <summary>The kernel's own types.</summary>
    public BtfSpec Kernel => kernelTypes;

    /// <summary>The types of a module; <c>null</c> if there is no such file.</summary>
    /// <param name="name">The module.</param>
    /// <param name="path">The file that holds its types.</param>
    /// <exception cref="ObjectFormatException">They are malformed.</exception>
    /// <exception cref="BpfException">They cannot be read.</exception>
    public BtfSpec? Read(string name, string path)
    {
        lock (_lock)
        {
            // A module that is unloaded and loaded again can have other types, in a file of another number.
            Errno error = kernel.Status(path, out FileStatus status);
            if (error == Errno.None && _read.TryGetValue(name, out var known) && known.Inode == status.Inode) return known.Types;
            _read.Remove(name);
            if (error == Errno.ENOENT) return null;

            Errno unreadable = kernel.ReadFile(path, (int)Math.Min(status.Size, int.MaxValue / 2), out byte[] content);
            if (unreadable == Errno.ENOENT) return null;
            if (unreadable != Errno.None)
                throw Refusal.Explain(kernel, $"Read the BTF of module {name} from {path}", unreadable, Privileges.None);
            BtfSpec types = Parse(content, path);
            if (error == Errno.None) _read.Add(name, (status.Inode, types));
            return types;
        }
    }

    private BtfSpec Parse(byte[] content, string path)
    {
        try
        {
            return BtfSpec.Parse(content, kernelTypes);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }
}
