using Ebpf.Kernel;

namespace Ebpf.Tokens;

/// <summary>What a token lacks for something that the kernel refused.</summary>
internal static class TokenRefusal
{
    /// <summary>Why a map was refused.</summary>
    /// <returns><c>null</c> if the token is not the reason.</returns>
    public static string? Explain(BpfHandle? token, Errno error, MapType type) =>
        Ask(token, error, PrivilegeRules.NeededFor(type)) is not { } info ? null
        : !info.AllowsMapCreation ? Lacks("BPF_MAP_CREATE", "delegate_cmds")
        : !info.Allows(type) ? Lacks($"{type} maps", "delegate_maps")
        : NotEnough(token!);

    /// <summary>Why a program was refused.</summary>
    /// <inheritdoc cref="Explain(BpfHandle?, Errno, MapType)"/>
    public static string? Explain(BpfHandle? token, Errno error, ProgramType type, AttachType attachType) =>
        Ask(token, error, PrivilegeRules.NeededFor(type)) is not { } info ? null
        : !info.AllowsProgramLoading ? Lacks("BPF_PROG_LOAD", "delegate_cmds")
        : !info.Allows(type) ? Lacks($"{type} programs", "delegate_progs")
        : info.Allows(attachType) ? NotEnough(token!)
        : Lacks($"the attach type {attachType}{(attachType == default ? ", which programs have that state none," : "")}", "delegate_attachs");

    /// <summary>Why BTF was refused.</summary>
    /// <inheritdoc cref="Explain(BpfHandle?, Errno, MapType)"/>
    public static string? ExplainBtf(BpfHandle? token, Errno error) =>
        Ask(token, error, Privileges.Bpf) is { AllowsBtfLoading: false } ? Lacks("BPF_BTF_LOAD", "delegate_cmds") : null;

    /// <summary>What is left: something that no token delegates.</summary>
    private static string? NotEnough(BpfHandle token) => PrivilegeRules.IsInInitialUserNamespace(token.Kernel)
        ? null
        : "capabilities in a user namespace do not count for eBPF but for what a BPF token delegates, and the one that is used is not enough";

    private static string Lacks(string what, string option) =>
        $"the BPF token does not delegate {what} (mount option {option} of its BPF file system)";

    /// <returns><c>null</c> if it is something else, or cannot be told.</returns>
    private static TokenInfo? Ask(BpfHandle? token, Errno error, Privileges needed)
    {
        if (token is null || error != Errno.EPERM) return null;
        if (PrivilegeRules.Missing(token.Kernel, needed) is not (null or Privileges.None)) return null;
        try
        {
            return TokenInfo.Read(token);
        }
        catch (BpfException)
        {
            return null;
        }
    }
}
