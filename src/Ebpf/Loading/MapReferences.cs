using Ebpf.Asm;
using Ebpf.Asm.Editing;
using Ebpf.Verifier;

namespace Ebpf.Loading;

/// <summary>Puts the maps that programs name into their code.</summary>
internal sealed class MapReferences(LoadContext context)
{
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
            if (NameIn(code[i]) is not { } name || context.Wants(name, SpecOf(program, name))) continue;
            poisoned.Add(slot, $"map \"{name}\" was not created");
            missing.Add((i, FirstPoison + context.Spec.Maps.Keys.TakeWhile(other => other != name).Count()));
        }

        Poison.ApplyToWideLoads(code, missing);
    }

    /// <summary>Puts in the descriptors, and the places of variables.</summary>
    public void PutDescriptors(ProgramSpec program, InstructionList code)
    {
        foreach (ref Instruction instruction in code.AsSpan())
        {
            if (NameIn(instruction) is not { } name) continue;
            BpfMap map = context.Collection.Maps[name];

            // The collection holds its maps open for as long as it loads.
            int descriptor = (int)map.Handle.DangerousGetHandle();
            switch (instruction.Reference!.Kind)
            {
                case ReferenceKind.Map:
                    instruction.Immediate = descriptor;
                    break;
                case ReferenceKind.MapValue:
                    instruction.ImmediateLow = descriptor;
                    instruction.ImmediateHigh += (int)map.VariablesOffset;
                    break;
                default:
                    instruction.ImmediateLow = descriptor;
                    instruction.ImmediateHigh = (int)SettingOf(program, instruction.Reference.Name).Offset;
                    break;
            }
        }
    }

    /// <summary>The name of the map that an instruction loads; <c>null</c> if it loads none.</summary>
    public static string? NameIn(in Instruction instruction) => instruction.Reference switch
    {
        { Kind: ReferenceKind.Map or ReferenceKind.MapValue } reference => reference.Name,
        { Kind: ReferenceKind.Kconfig } => CollectionMaps.Kconfig,
        _ => null,
    };

    private MapSpec SpecOf(ProgramSpec program, string name) => context.Spec.Maps.TryGetValue(name, out MapSpec? map)
        ? map
        : throw new BpfException($"Load program \"{program.Name}\": it uses map \"{name}\", which the collection does not have");

    private ExternSpec SettingOf(ProgramSpec program, string name) =>
        context.Spec.Externs.TryGetValue(name, out ExternSpec? setting) && setting.Kind == ExternKind.Kconfig
            ? setting
            : throw new BpfException($"Load program \"{program.Name}\": it uses the setting {name}, which the object does not declare");
}
