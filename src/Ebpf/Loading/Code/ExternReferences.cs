using Ebpf.Asm;
using Ebpf.Asm.Editing;
using Ebpf.Kernel;
using Ebpf.Loading.Externs;
using Ebpf.Loading.Plan;
using Ebpf.Verifier;

namespace Ebpf.Loading.Code;

/// <summary>Puts into the code of one program what the kernel has of what the object expects: kfuncs, variables, symbols.</summary>
/// <remarks>
/// What is not there, but may be missing, makes code that the verifier refuses only if it can be reached: calls of helpers that
/// do not exist, with libbpf's numbers.
/// </remarks>
internal sealed class ExternReferences(
    LoadPlan plan, ExternResolver externs, ProgramSpec program, PoisonedInstructions poisoned, DescriptorPlaces descriptors)
{
    /// <summary>Before, the kernel takes the addresses of variables only (Linux commit 58aa2afbb1e6).</summary>
    private static readonly Version FunctionAddressesSince = new(6, 4);

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
                    ResolveAddress(ref instruction, item.Slot, externs.Of(reference));
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
        if (wanted.Module is not { } module) instruction.Offset = 0;
        else if (descriptors.TryPosition(module, out short position)) instruction.Offset = position;
        else throw Failed($"it calls kfuncs of more than {DescriptorPlaces.MaxPositions} modules");
    }

    private void ResolveAddress(ref Instruction instruction, int slot, WantedExtern wanted)
    {
        bool isConstant = wanted.TypeId == 0;
        long constant = (long)wanted.Address;
        if (wanted is { TypeId: not 0, Kind: ExternKind.Function } && KernelFacts.Of(plan.Kernel).Version < FunctionAddressesSince)
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
        instruction.ImmediateHigh = 0;
        if (wanted.Module is { } module) descriptors.PutModule(slot, module);
    }

    private BpfException Failed(string problem) => new($"Load program \"{program.Name}\": {problem}");
}
