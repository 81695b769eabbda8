using System.Globalization;

namespace Ebpf.Links.Kprobes;

/// <summary>One of many functions to attach to.</summary>
/// <param name="Name">Its name, perhaps behind <c>module:</c>; <c>null</c> if only the address is known.</param>
/// <param name="Address">Its address; 0 to let the kernel find the name.</param>
/// <param name="Cookie">The cookie.</param>
internal readonly record struct ProbeTarget(string? Name, ulong Address, ulong Cookie)
{
    /// <summary>The name, or the address.</summary>
    public override string ToString() => Name ?? string.Create(CultureInfo.InvariantCulture, $"0x{Address:x}");
}

/// <summary>What to attach to many functions.</summary>
/// <param name="program">The program.</param>
/// <param name="targets">The functions, each once.</param>
/// <param name="atReturn">Whether at their returns.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class ProbeRequest(BpfProgram program, List<ProbeTarget> targets, bool atReturn, string what)
{
    public BpfProgram Program => program;

    public List<ProbeTarget> Targets => targets;

    public bool AtReturn => atReturn;

    public string What => what;

    /// <summary>Whether functions that the kernel refuses are left out.</summary>
    public required bool SkipsRefused { get; init; }

    /// <summary>Those that the kernel refused, by the way of attaching that was tried last.</summary>
    public List<RefusedTarget> Refused { get; } = [];

    /// <summary>Whether an error can be about one of the functions, and not about the program or the process.</summary>
    public static bool IsOfFunction(Errno error) => error is
        Errno.ESRCH or Errno.ENOENT or Errno.EINVAL or Errno.EILSEQ or Errno.EADDRNOTAVAIL or Errno.EBUSY or Errno.ERANGE;
}

/// <summary>A function that the kernel refused.</summary>
internal readonly record struct RefusedTarget(ProbeTarget Target, Errno Error);
