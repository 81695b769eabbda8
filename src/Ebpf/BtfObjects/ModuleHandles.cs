using Ebpf.Linux;

namespace Ebpf.BtfObjects;

/// <summary>Opens the BTF of modules for those that must name a module to the kernel. Closes it when disposed.</summary>
/// <remarks>Safe for use by several threads at once.</remarks>
internal sealed class ModuleHandles(LinuxKernel kernel) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, BpfBtf> _open = new(StringComparer.Ordinal);
    private Dictionary<string, uint>? _ids;

    /// <summary>Opens the BTF of a module. Since Linux 5.11; needs CAP_SYS_ADMIN.</summary>
    /// <param name="module">The module.</param>
    /// <param name="purpose">What it is needed for, for messages: <c>kfunc bpf_skb_ct_lookup</c>.</param>
    /// <returns>Its descriptor, which lives as long as this.</returns>
    /// <exception cref="BpfException">The process lacks the capability, the module is gone, or the kernel refused otherwise.</exception>
    public BpfHandle Open(string module, string purpose)
    {
        string operation = $"Open the BTF of module {module} for {purpose}";
        try
        {
            lock (_lock) return Find(module)?.Handle ?? throw new BpfException(operation, Errno.ENOENT, "it is gone");
        }
        catch (BpfException error) when (error.Operation != operation)
        {
            throw new BpfException(operation, error.Errno, error.Advice, error);
        }
    }

    /// <summary>Closes what was opened.</summary>
    public void Dispose()
    {
        foreach (BpfBtf btf in _open.Values) btf.Dispose();
        _open.Clear();
    }

    private BpfBtf? Find(string module)
    {
        if (_open.TryGetValue(module, out BpfBtf? known)) return known;
        _ids ??= ReadIds();
        if (!_ids.TryGetValue(module, out uint id)) return null;
        BpfBtf btf = BpfBtf.Open(id, kernel);
        _open.Add(module, btf);
        return btf;
    }

    private Dictionary<string, uint> ReadIds()
    {
        Dictionary<string, uint> ids = new(StringComparer.Ordinal);
        foreach (BpfBtf btf in BpfBtf.OpenAll(kernel))
        {
            using (btf)
            {
                if (btf.GetInfo() is { Origin: BtfOrigin.Module } info) ids[info.Name] = info.Id;
            }
        }

        return ids;
    }
}
