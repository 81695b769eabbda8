using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Tokens;

/// <summary>Finds the token with which a process in a user namespace of its own may use eBPF.</summary>
/// <param name="kernel">The kernel.</param>
internal sealed class TokenSearch(LinuxKernel kernel)
{
    /// <summary>The same as for libbpf: where to make the token; empty for not at all.</summary>
    public const string Variable = "LIBBPF_BPF_TOKEN_PATH";

    private static readonly PerKernel<TokenSearch> Searches = new(static kernel => new TokenSearch(kernel));

    private readonly Lock _lock = new();
    private volatile BpfToken? _found;
    private volatile bool _needsNone;

    /// <summary>What stands in <see cref="Variable"/>.</summary>
    public Func<string?> Environment { get; init; } = static () => System.Environment.GetEnvironmentVariable(Variable);

    /// <summary>The search for the token of a kernel; the result is kept.</summary>
    public static TokenSearch Of(LinuxKernel kernel) => Searches.Of(kernel);

    /// <summary>The token; kept once it is found.</summary>
    /// <returns><c>null</c> if there is none, or none is needed.</returns>
    /// <exception cref="BpfException">The user says where, and no token can be made there.</exception>
    public BpfToken? Find()
    {
        if (_found is { } known) return known;
        if (_needsNone) return null;
        lock (_lock)
        {
            if (_found is null) _found = Environment() is { } path ? FromUser(path) : Search();
            return _found;
        }
    }

    /// <summary>The descriptor of the token to use.</summary>
    /// <param name="given">The one that the user gave; <c>null</c> for the one that is found.</param>
    public BpfHandle? Choose(BpfHandle? given) => given ?? Find()?.Handle;

    /// <summary>Closes the token, and forgets it.</summary>
    public void Release()
    {
        lock (_lock)
        {
            _found?.Dispose();
            _found = null;
            _needsNone = false;
        }
    }

    private BpfToken? FromUser(string path)
    {
        if (path.Length > 0) return BpfToken.Create(path, kernel);
        _needsNone = true;
        return null;
    }

    /// <summary>Tries the file systems in the order of their mounting: those of other namespaces, or without delegation, refuse.</summary>
    private BpfToken? Search()
    {
        if (PrivilegeRules.IsInInitialUserNamespace(kernel))
        {
            _needsNone = true;
            return null;
        }

        foreach (string place in MountTable.PlacesOf(kernel, "bpf"))
        {
            if (BpfToken.TryCreate(kernel, place, out _, out _) is { } token) return token;
        }

        // One may be mounted later.
        return null;
    }
}
