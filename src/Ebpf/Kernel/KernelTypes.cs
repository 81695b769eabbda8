using Ebpf.Linux;

namespace Ebpf.Kernel;

/// <summary>The types of the running kernel and of its modules, as it tells them itself.</summary>
/// <remarks>
/// The kernel's own are read once and shared by whoever uses them at the same time; when nobody does, the garbage collector
/// may take them.
/// </remarks>
internal sealed class KernelTypes(LinuxKernel kernel)
{
    private const string Directory = "/sys/kernel/btf";
    private const string KernelName = "vmlinux";

    private readonly Lock _lock = new();
    private readonly WeakReference<BtfSpec?> _types = new(null);

    /// <summary>The kernel's own types; <c>null</c> for a kernel without BTF.</summary>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed, or newer than this library.</exception>
    public BtfSpec? Read()
    {
        lock (_lock)
        {
            if (_types.TryGetTarget(out BtfSpec? known)) return known;
            if (kernel.ReadFile($"{Directory}/{KernelName}", out byte[] content) != Errno.None) return null;
            BtfSpec types = BtfSpec.Parse(content);
            _types.SetTarget(types);
            return types;
        }
    }

    /// <summary>The types of the loaded modules, by name; one that cannot be read is left out.</summary>
    public IEnumerable<(string Name, BtfSpec Types)> ReadModules()
    {
        if (Read() is not { } own || kernel.ListDirectory(Directory, out string[] names) != Errno.None) yield break;
        foreach (string name in names)
        {
            if (name == KernelName || kernel.ReadFile($"{Directory}/{name}", out byte[] content) != Errno.None) continue;
            BtfSpec types;
            try
            {
                types = BtfSpec.Parse(content, own);
            }
            catch (ObjectFormatException)
            {
                // A module that was built against another kernel: what it says of types is of no use to anybody.
                continue;
            }

            yield return (name, types);
        }
    }
}
