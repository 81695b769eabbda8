using Ebpf.Asm;
using Ebpf.Asm.Editing;
using Ebpf.Kernel;
using Ebpf.Verifier;

namespace Ebpf.Loading;

/// <summary>Puts into the code of one program what the kernel has of what the object expects: kfuncs, variables, symbols.</summary>
/// <remarks>
/// What is not there, but may be missing, makes code that the verifier refuses only if it can be reached: calls of helpers that
/// do not exist, with libbpf's numbers.
/// </remarks>
internal sealed class ExternReferences(LoadContext context, ExternResolver externs, ProgramSpec program, PoisonedInstructions poisoned)
{
    /// <summary>A program can use the kfuncs of so many modules (MAX_KFUNC_BTFS in kernel/bpf/verifier.c).</summary>
    private const int MostModules = 256;

    /// <summary>Before, the kernel takes the addresses of variables only (Linux commit 58aa2afbb1e6).</summary>
    private static readonly Version FunctionAddressesSince = new(6, 4);

    private readonly List<BpfHandle> _modules = [];

    /// <summary>
    /// The descriptors to which calls of kfuncs refer by position; empty if there are none. Position 0 stands for the kernel
    /// itself. They are open for as long as the collection loads.
    /// </summary>
    public int[] Descriptors => _modules.Count == 0 ? [] : [0, .. _modules.Select(DescriptorOf)];

    /// <summary>Resolves what is not of the object itself.</summary>
    /// <exception cref="BpfException">Something is not there.</exception>
    public void Resolve(InstructionList code)
    {
        foreach (InstructionSlot item in code.Slots())
        {
            ref Instruction instruction = ref item.Instruction;
            if (instruction.Reference is not { } reference) continue;
            switch (reference.Kind)
            {
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
    }

    private void ResolveCall(ref Instruction instruction, int slot, WantedExtern wanted)
    {
        if (wanted.TypeId == 0)
        {
            Poison.Apply(ref instruction, wanted.PoisonNumber);
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

    private BpfException Failed(string problem) => new($"Load program \"{program.Name}\": {problem}");

    /// <summary>The BTF of modules is held open for as long as the collection loads.</summary>
    private static int DescriptorOf(BpfHandle handle) => (int)handle.DangerousGetHandle();
}
