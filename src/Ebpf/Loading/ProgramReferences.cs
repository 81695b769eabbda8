using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Kernel;

namespace Ebpf;

/// <summary>
/// Puts into the code of one program what the names in it stand for: the descriptors of maps, and what the kernel has of what
/// the object expects.
/// </summary>
/// <remarks>
/// What is not there, but may be missing, makes code that the verifier refuses only if it can be reached: calls of helpers that
/// do not exist, with libbpf's numbers.
/// </remarks>
internal sealed class ProgramReferences(LoadContext context, ExternResolver externs, ProgramSpec program, PoisonedInstructions poisoned)
{
    /// <summary>As libbpf numbers the loads of maps that are not there.</summary>
    private const int FirstMapPoison = 2001000000;

    /// <summary>A program can use the kfuncs of so many modules (MAX_KFUNC_BTFS in kernel/bpf/verifier.c).</summary>
    private const int MostModules = 256;

    /// <summary>Before, the kernel takes the addresses of variables only (Linux commit 58aa2afbb1e6).</summary>
    private static readonly Version FunctionAddressesSince = new(6, 4);

    private readonly List<(int Index, int Poison)> _missingMaps = [];
    private readonly List<BpfHandle> _modules = [];

    /// <summary>
    /// The descriptors to which calls of kfuncs refer by position; empty if there are none. Position 0 stands for the kernel
    /// itself. They are open for as long as the collection loads.
    /// </summary>
    public int[] Descriptors => _modules.Count == 0 ? [] : [0, .. _modules.Select(DescriptorOf)];

    /// <summary>Resolves all that instructions refer to by name, but for places in the code itself.</summary>
    /// <exception cref="BpfException">Something is not there.</exception>
    public void Resolve(InstructionList code)
    {
        foreach (InstructionSlot item in code.Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (instruction.Reference is not { } reference) continue;
            switch (reference.Kind)
            {
                case ReferenceKind.Map when MapOf(item, reference.Name) is { } map:
                    instruction.Immediate = DescriptorOf(map.Handle);
                    break;
                case ReferenceKind.MapValue when MapOf(item, reference.Name) is { } section:
                    instruction.ImmediateLow = DescriptorOf(section.Handle);
                    instruction.ImmediateHigh += (int)section.VariablesOffset;
                    break;
                case ReferenceKind.Kconfig when MapOf(item, CollectionMaps.Kconfig) is { } settings:
                    instruction.ImmediateLow = DescriptorOf(settings.Handle);
                    instruction.ImmediateHigh = (int)SettingOf(reference.Name).Offset;
                    break;
                case ReferenceKind.Kfunc when instruction.OpCode == OpCode.Call:
                    ResolveCall(ref instruction, item.Slot, externs.Of(reference));
                    break;
                case ReferenceKind.Kfunc or ReferenceKind.Ksym when instruction.IsWideLoad:
                    ResolveAddress(ref instruction, externs.Of(reference));
                    break;
                case ReferenceKind.Kfunc or ReferenceKind.Ksym:
                    throw Failed($"instruction {item.Index} (`{instruction}`) cannot refer to {reference}: only a call or a wide load can");
                case ReferenceKind.Symbol:
                    throw Failed(
                        $"instruction {item.Index} refers to \"{reference.Name}\", which nothing defines: put in what it stands for "
                        + $"({nameof(ProgramSpec)}.{nameof(ProgramSpec.Instructions)})");
            }
        }

        if (_missingMaps.Count > 0) code.PoisonWideLoads(_missingMaps);
    }

    private void ResolveCall(ref Instruction instruction, int slot, WantedExtern wanted)
    {
        if (wanted.TypeId == 0)
        {
            InstructionPatch.Poison(ref instruction, wanted.PoisonNumber);
            poisoned.Add(slot, wanted.Problem!);
            return;
        }

        instruction.Source = (Register)CallKind.Kfunc;
        instruction.Immediate = (int)wanted.TypeId;
        instruction.Offset = wanted.Module is { } module ? PositionOf(module) : (short)0;
    }

    private void ResolveAddress(ref Instruction instruction, WantedExtern wanted)
    {
        bool isConstant = wanted.TypeId == 0;
        long constant = (long)wanted.Address;
        if (wanted is { TypeId: not 0, Kind: ExternKind.Function } && KernelFacts.Of(context.Kernel).Version < FunctionAddressesSince)
        {
            // All that a program can do with it is to see that it is not 0 (bpf_ksym_exists).
            isConstant = true;
            constant = 1;
        }

        instruction.Source = (Register)(isConstant ? WideLoadKind.Immediate : WideLoadKind.KernelVariable);
        instruction.Offset = 0;
        instruction.Immediate = constant;
        if (isConstant) return;
        instruction.ImmediateLow = (int)wanted.TypeId;
        instruction.ImmediateHigh = wanted.Module is { } module ? DescriptorOf(module) : 0;
    }

    private short PositionOf(BpfHandle module)
    {
        int index = _modules.IndexOf(module);
        if (index < 0)
        {
            if (_modules.Count == MostModules) throw Failed($"it calls kfuncs of more than {MostModules} modules");
            index = _modules.Count;
            _modules.Add(module);
        }

        return (short)(index + 1);
    }

    /// <summary>The map of a name; <c>null</c> if it was not created, as the spec says.</summary>
    private BpfMap? MapOf(InstructionSlot item, string name)
    {
        if (context.Collection.Maps.TryGetValue(name, out BpfMap? found)) return found;
        int number = 0;
        foreach ((string other, MapSpec spec) in context.Spec.Maps)
        {
            if (other == name && item.Instruction.IsWideLoad)
            {
                _missingMaps.Add((item.Index, FirstMapPoison + number));
                poisoned.Add(item.Slot, $"map \"{name}\" was not created");
                return null;
            }

            number++;
        }

        throw Failed($"it uses map \"{name}\", which the collection does not have");
    }

    private ExternSpec SettingOf(string name) =>
        context.Spec.Externs.TryGetValue(name, out ExternSpec? setting) && setting.Kind == ExternKind.Kconfig
            ? setting
            : throw Failed($"it uses the setting {name}, which the object does not declare");

    private BpfException Failed(string problem) => new($"Load program \"{program.Name}\": {problem}");

    /// <summary>The collection holds its maps, and the BTF of modules, open for as long as it loads.</summary>
    private static int DescriptorOf(BpfHandle handle) => (int)handle.DangerousGetHandle();
}
