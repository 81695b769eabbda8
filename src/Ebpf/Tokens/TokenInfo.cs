using System.Globalization;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Describes what a <see cref="BpfToken"/> delegates.</summary>
public sealed record TokenInfo
{
    /// <summary>
    /// Gets the commands of bpf(2) that are delegated: bit <i>n</i> for the command with the number <i>n</i>
    /// (<c>enum bpf_cmd</c>).
    /// </summary>
    public ulong Commands { get; init; }

    /// <summary>
    /// Gets the types of map that are delegated: bit <i>n</i> for the <see cref="MapType"/> with the value <i>n</i>.
    /// </summary>
    public ulong MapTypes { get; init; }

    /// <summary>
    /// Gets the types of program that are delegated: bit <i>n</i> for the <see cref="ProgramType"/> with the value <i>n</i>.
    /// </summary>
    public ulong ProgramTypes { get; init; }

    /// <summary>
    /// Gets the attach types that are delegated to programs when they are loaded: bit <i>n</i> for the <see cref="AttachType"/>
    /// with the value <i>n</i>. Programs without an attach type count as 0, <see cref="AttachType.CgroupInetIngress"/>.
    /// </summary>
    public ulong AttachTypes { get; init; }

    /// <summary>Gets whether the token allows to create maps.</summary>
    public bool AllowsMapCreation => Allows(BpfCommand.MapCreate);

    /// <summary>Gets whether the token allows to load programs.</summary>
    public bool AllowsProgramLoading => Allows(BpfCommand.ProgramLoad);

    /// <summary>Gets whether the token allows to load BTF.</summary>
    public bool AllowsBtfLoading => Allows(BpfCommand.BtfLoad);

    /// <summary>Gets whether the token allows to open BTF by its id, as for the kernel's modules (Linux 6.16).</summary>
    public bool AllowsBtfOpening => Allows(BpfCommand.BtfGetById);

    /// <summary>Returns whether maps of a type are delegated.</summary>
    public bool Allows(MapType type) => Has(MapTypes, (uint)type);

    /// <summary>Returns whether programs of a type are delegated.</summary>
    public bool Allows(ProgramType type) => Has(ProgramTypes, (uint)type);

    /// <summary>Returns whether programs of an attach type are delegated.</summary>
    public bool Allows(AttachType type) => Has(AttachTypes, (uint)type);

    /// <summary>Returns the four sets, as /proc shows them.</summary>
    public override string ToString() =>
        $"commands {Describe(Commands)}, maps {Describe(MapTypes)}, programs {Describe(ProgramTypes)}, attach types {Describe(AttachTypes)}";

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="BpfException">The kernel does not tell.</exception>
    internal static TokenInfo Read(BpfHandle token)
    {
        KernelTokenInfo info = default;
        Errno error = token.Kernel.GetInfo(token, ref info);
        if (error == Errno.None)
        {
            return new TokenInfo
            {
                Commands = info.Commands,
                MapTypes = info.MapTypes,
                ProgramTypes = info.ProgramTypes,
                AttachTypes = info.AttachTypes,
            };
        }


        return FromProc(token) ?? throw Refusal.Explain(token.Kernel, "Ask about a BPF token", error, Privileges.None);
    }

    internal bool Allows(BpfCommand command) => Has(Commands, (uint)command);

    /// <summary>Before Linux 6.17 only /proc tells: <c>allowed_cmds:	any</c>, or <c>0x21</c>.</summary>
    private static TokenInfo? FromProc(BpfHandle token)
    {
        Dictionary<string, string> fields = StatusFile.Fields(token.Kernel, token);
        return Mask("allowed_cmds") is { } commands
            && Mask("allowed_maps") is { } maps
            && Mask("allowed_progs") is { } programs
            && Mask("allowed_attachs") is { } attaching
                ? new TokenInfo { Commands = commands, MapTypes = maps, ProgramTypes = programs, AttachTypes = attaching }
                : null;

        ulong? Mask(string name) => fields.GetValueOrDefault(name) switch
        {
            "any" => ulong.MaxValue,
            ['0', 'x', .. var digits]
                when ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong mask) => mask,
            _ => null,
        };
    }

    private static bool Has(ulong mask, uint bit) => bit < 64 && (mask >> (int)bit & 1) != 0;

    private static string Describe(ulong mask) => string.Create(CultureInfo.InvariantCulture, $"0x{mask:x}");
}
