using Ebpf.Asm;
using Ebpf.Asm.Editing;
using Ebpf.Common;
using Ebpf.Loading.Plan;
using Ebpf.Verifier;

namespace Ebpf.Loading.Code;

/// <summary>Puts the maps that programs name into their code.</summary>
internal sealed class MapReferences(LoadPlan plan)
{
    /// <summary>The section of the kernel's settings.</summary>
    public const string Kconfig = ".kconfig";

    /// <summary>
    /// No helper has such a number: the first of those that libbpf gives to maps that are not made, in the order of the maps. The
    /// verifier names it: <c>invalid func unknown#2001000000</c>.
    /// </summary>
    private const int FirstPoison = 2001000000;

    /// <summary>
    /// Replaces loads of maps that the collection is not to have by what the verifier refuses if it can be reached.
    /// </summary>
    /// <exception cref="BpfException">The code names what is not in the spec at all.</exception>
    public void PoisonMissing(ProgramSpec program, InstructionList code, PoisonedInstructions poisoned)
    {
        List<(int Index, int Helper)> missing = [];
        int slot = 0;
        for (int i = 0; i < code.Count; slot += code[i++].Slots)
        {
            if (NameIn(code[i]) is not { } name || plan.FindMap(name) is not null) continue;
            CheckKnown(program, name);
            poisoned.Add(slot, $"map \"{name}\" was not created");
            missing.Add((i, FirstPoison + plan.Spec.Maps.Keys.TakeWhile(other => other != name).Count()));
        }

        Poison.ApplyToWideLoads(code, missing);
    }

    /// <summary>Notes where the maps are loaded, and puts in the places of variables.</summary>
    /// <param name="program">The program.</param>
    /// <param name="code">Its code.</param>
    /// <param name="maps">The maps of the collection.</param>
    /// <param name="descriptors">Is told where the maps are loaded.</param>
    /// <exception cref="KeyNotFoundException">A map that the program uses was taken out of the collection.</exception>
    public void Resolve(ProgramSpec program, InstructionList code, NameTable<BpfMap> maps, DescriptorPlaces descriptors)
    {
        foreach (InstructionSlot item in code.Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (NameIn(instruction) is not { } name) continue;
            BpfMap map = maps[name];
            descriptors.PutMap(item.Slot, map.Handle);
            instruction.ImmediateLow = 0;
            if (instruction.Reference!.Kind == ReferenceKind.MapValue) instruction.ImmediateHigh += (int)map.VariablesOffset;
            else if (instruction.Reference.Kind == ReferenceKind.Kconfig) instruction.ImmediateHigh = (int)SettingOf(program, instruction.Reference.Name).Offset;
            else instruction.ImmediateHigh = 0;
        }
    }

    /// <summary>The name of the map that an instruction loads; <c>null</c> if it loads none.</summary>
    public static string? NameIn(in Instruction instruction) => instruction.Reference switch
    {
        { Kind: ReferenceKind.Map or ReferenceKind.MapValue } reference => reference.Name,
        { Kind: ReferenceKind.Kconfig } => Kconfig,
        _ => null,
    };

    private void CheckKnown(ProgramSpec program, string name)
    {
        if (plan.Spec.Maps.ContainsKey(name)) return;
        throw new BpfException(
            $"Load program \"{program.Name}\": it uses map \"{name}\", which the collection does not have{NearNames.Suggest(name, plan.Spec.Maps.Keys)}");
    }

    private ExternSpec SettingOf(ProgramSpec program, string name) =>
        plan.Spec.Externs.TryGetValue(name, out ExternSpec? setting) && setting.Kind == ExternKind.Kconfig
            ? setting
            : throw new BpfException($"Load program \"{program.Name}\": it uses the setting {name}, which the object does not declare");
}
