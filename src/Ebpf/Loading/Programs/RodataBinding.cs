using Ebpf.Asm;
using Ebpf.Linux;
using Ebpf.Loading.Plan;

namespace Ebpf.Loading.Programs;

/// <summary>
/// Keeps the constants of an object with its programs, also with those that do not use them: so tools find them (bpftool shows
/// variables called <c>bpf_metadata_…</c>). Since Linux 5.10; an older kernel does without.
/// </summary>
internal sealed class RodataBinding(LoadPlan plan, LoadedObjects objects)
{
    private readonly KeyValuePair<string, BpfMap>[] _constants =
    [
        .. objects.Maps.Where(
            map => plan.FindMap(map.Key)?.Spec.DataSection?.StartsWith(".rodata", StringComparison.Ordinal) == true),
    ];

    private volatile bool _isUnknown;

    /// <summary>Binds the sections of constants that a program does not use. That it fails is no failure.</summary>
    public void Bind(BpfProgram program, InstructionList code)
    {
        foreach ((string name, BpfMap map) in _constants)
        {
            if (_isUnknown || IsUsed(code, name)) continue;

            // Before Linux 5.10 the command is unknown.
            if (plan.Kernel.BindMap(program.Handle, map.Handle) == Errno.EINVAL) _isUnknown = true;
        }
    }

    private static bool IsUsed(InstructionList code, string map)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Map or ReferenceKind.MapValue } reference && reference.Name == map) return true;
        }

        return false;
    }
}
