using System.Diagnostics.CodeAnalysis;
using Ebpf.Btf;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Microsoft.Extensions.Logging;

namespace Ebpf.BtfObjects;

/// <summary>The types of the running kernel and of its modules, as it tells them itself.</summary>
/// <remarks>
/// Opened when first asked for and shared by everybody, until <see cref="Release"/>. Safe for use by several threads at
/// once; who still has types that were let go can go on to use them.
/// </remarks>
internal sealed class KernelTypes(LinuxKernel kernel)
{
    public const string KernelName = "vmlinux";

    private static readonly PerKernel<KernelTypes> Known = new(static kernel => new KernelTypes(kernel));

    private readonly Lock _lock = new();
    private KernelMapping? _mapping;
    private volatile ModuleTypes? _open;

    /// <summary>The types of a kernel, shared by everybody who asks.</summary>
    public static KernelTypes Of(LinuxKernel kernel) => Known.Of(kernel);

    /// <summary>The kernel's own types; <c>null</c> for a kernel without BTF.</summary>
    /// <exception cref="ObjectFormatException">The kernel's BTF is malformed, or newer than this library.</exception>
    /// <exception cref="BpfException">The kernel's BTF cannot be read.</exception>
    public BtfSpec? Read() => Open()?.Kernel;

    /// <summary>The names of the modules that are loaded and have types, sorted.</summary>
    public List<string> ModuleNames()
    {
        kernel.ListDirectory(KernelPaths.Btf, out string[] names);
        List<string> modules = [.. names];
        modules.Remove(KernelName);
        return modules;
    }

    /// <summary>The types of a module; <c>null</c> if no module of that name with types is loaded.</summary>
    /// <exception cref="ObjectFormatException">The module's or the kernel's BTF is malformed.</exception>
    /// <exception cref="BpfException">They cannot be read.</exception>
    public BtfSpec? ReadModule(string name) =>
        name == KernelName || name.StartsWith('.') || name.Contains('/') ? null : Open()?.Read(name, $"{KernelPaths.Btf}/{name}");

    /// <summary>The types of the loaded modules, by name, each read when the caller gets to it.</summary>
    /// <param name="logger">Is told of those that cannot be used, which are left out.</param>
    public IEnumerable<(string Name, BtfSpec Types)> ReadModules(ILogger? logger = null)
    {
        // What a caller gets in one go is all on the same base, even if it is let go meanwhile.
        if (Open() is not { } open) yield break;
        foreach (string name in ModuleNames())
        {
            if (TryRead(open, name, logger) is { } types) yield return (name, types);
        }
    }

    /// <summary>Looks for a type in the kernel's types, then in those of the modules.</summary>
    /// <param name="name">The name of the type.</param>
    /// <param name="logger">Is told of modules whose types cannot be used, which are left out.</param>
    /// <param name="type">The type.</param>
    /// <param name="module">The module that has it; <c>null</c> for the kernel.</param>
    public bool TryFind<T>(string name, ILogger? logger, [NotNullWhen(true)] out T? type, out string? module)
        where T : BtfType
    {
        module = null;
        type = null;
        if (Read() is not { } own) return false;
        if (own.TryGet(name, out type)) return true;
        foreach ((string candidate, BtfSpec types) in ReadModules(logger))
        {
            if (!types.TryGetOwn(name, out type)) continue;
            module = candidate;
            return true;
        }

        return false;
    }

    /// <summary>Releases everything that was opened, indexed and decoded.</summary>
    public void Release() => _open = null;

    private static BtfSpec? TryRead(ModuleTypes open, string name, ILogger? logger)
    {
        try
        {
            return open.Read(name, $"{KernelPaths.Btf}/{name}");
        }
        catch (BpfException error)
        {
            // A module that was built against another kernel: what it says of types is of no use to anybody.
            logger?.ModuleTypesUnusable(name, error.Message);
            return null;
        }
    }

    private ModuleTypes? Open()
    {
        if (_open is { } known) return known;
        lock (_lock)
        {
            // Others may let go what is open at any time.
            ModuleTypes? open = _open;
            if (open is null && Load() is { } types) _open = open = new ModuleTypes(kernel, types);
            return open;
        }
    }

    private BtfSpec? Load()
    {
        string path = $"{KernelPaths.Btf}/{KernelName}";
        int size = 0;
        if (_mapping is null)
        {
            Errno unknown = kernel.Status(path, out FileStatus status);
            if (unknown == Errno.ENOENT) return VmlinuxFile.Read(kernel);
            if (unknown == Errno.None && status.Size <= int.MaxValue) size = (int)status.Size;

            // Since Linux 6.16; older ones say ENODEV, and a copy does.
            if (size > 0) _mapping = KernelMapping.TryMap(kernel, path, size, out _);
        }

        try
        {
            if (_mapping is not null) return BtfSpec.Parse(_mapping.Memory);
            Errno error = kernel.ReadFile(path, size, out byte[] content);
            return error == Errno.None
                ? BtfSpec.Parse(content)
                : throw Refusal.Explain(kernel, $"Read the kernel's BTF from {path}", error, Privileges.None);
        }
        catch (ObjectFormatException error)
        {
            throw error.InFile(path);
        }
    }
}
