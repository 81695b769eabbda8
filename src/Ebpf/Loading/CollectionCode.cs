using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Kernel;

namespace Ebpf;

/// <summary>Makes the programs of a collection ready for the kernel: CO-RE, the maps and symbols that they name, their targets.</summary>
internal sealed class CollectionCode(LoadContext context)
{
    private readonly AttachTargetResolver _targets = new(KernelFacts.Of(context.Kernel).Types);
    private readonly MapReferences _maps = new(context);
    private CoReRelocator? _relocator;

    /// <summary>Prepares a copy of a program's code.</summary>
    /// <exception cref="BpfException">Something that it names is not there.</exception>
    public PreparedProgram Prepare(string name, ProgramSpec program)
    {
        InstructionList code = program.Instructions.Clone();
        PoisonedInstructions poisoned = Relocate(program, code);
        _maps.PutDescriptors(program, code);
        ProgramTarget target = _targets.Resolve(program);
        JumpTables tables = new(context.Kernel);
        try
        {
            tables.Create(code);
            return new PreparedProgram(name, program, code, poisoned, target, tables);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <summary>The same code, bound to something else.</summary>
    /// <exception cref="BpfException">There is no such target.</exception>
    public PreparedProgram Retarget(PreparedProgram program, string attachTo)
    {
        ProgramSpec spec = program.Spec.Clone();
        spec.AttachTo = attachTo;
        return new PreparedProgram(program.Name, spec, program.Code, program.Replaced, _targets.Resolve(spec), program.Tables);
    }

    /// <summary>The hash by which the kernel will know a program. The maps need not be there yet.</summary>
    /// <exception cref="BpfException">Something that the program names is not there.</exception>
    public byte[] ComputeHash(ProgramSpec program)
    {
        InstructionList code = program.Instructions.Clone();
        Relocate(program, code);
        return ProgramHash.Of(code);
    }

    /// <summary>Does all that does not need the maps.</summary>
    private PoisonedInstructions Relocate(ProgramSpec program, InstructionList code)
    {
        PoisonedInstructions poisoned = new(Relocator(code).Apply(code, program.Name));
        Resolve(program, code);
        _maps.PoisonMissing(program, code, poisoned);
        return poisoned;
    }

    /// <summary>Opens the kernel's types only for programs that ask about them.</summary>
    private CoReRelocator Relocator(InstructionList code)
    {
        if (_relocator is not null) return _relocator;
        if (!CoReRelocator.NeedsTargets(code)) return new CoReRelocator(new CoReTargets(null));
        KernelTypes types = KernelFacts.Of(context.Kernel).Types;
        CollectionOptions options = context.Options;
        CoReTargets targets = options.KernelTypes is { } given
            ? new CoReTargets(given) { Extra = options.ExtraKernelTypes }
            : new CoReTargets(types.Read())
            {
                Modules = () => types.ReadModules(options.Logger).Select(module => module.Types),
                Extra = options.ExtraKernelTypes,
            };
        return _relocator = new CoReRelocator(targets);
    }

    private static void Resolve(ProgramSpec program, InstructionList code)
    {
        foreach (ref Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is { Kind: ReferenceKind.Kfunc or ReferenceKind.Ksym or ReferenceKind.Symbol } reference)
                throw new BpfException($"Load program \"{program.Name}\": this library cannot yet resolve {reference}");
        }
    }
}
