using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.CoRe;
using Ebpf.Kernel;
using Ebpf.Verifier;

namespace Ebpf.Loading;

/// <summary>Makes the programs of a collection ready for the kernel: CO-RE, the maps and symbols that they name, their targets.</summary>
internal sealed class CollectionCode
{
    private readonly LoadContext _context;
    private readonly MapReferences _maps;
    private readonly ExternResolver _externs;
    private readonly AttachTargetResolver _targets;
    private CoReRelocator? _relocator;

    public CollectionCode(LoadContext context, ModuleHandles modules)
    {
        _context = context;
        _maps = new MapReferences(context);
        _externs = new ExternResolver(context, modules);
        _targets = new AttachTargetResolver(context, modules);
    }

    /// <summary>Finds what the programs expect of the kernel; once, before any of them is prepared.</summary>
    /// <param name="programs">The programs that are to be loaded, by name.</param>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something; everything that it lacks is listed.</exception>
    /// <exception cref="BpfException">Something cannot be found out or is ambiguous, or the options name programs that do not fit.</exception>
    public void ResolveExterns(IEnumerable<KeyValuePair<string, ProgramSpec>> programs)
    {
        _targets.CheckOptions();
        _externs.Resolve(programs);
    }

    /// <summary>Prepares a copy of a program's code.</summary>
    /// <param name="name">The name in the collection.</param>
    /// <param name="program">The program.</param>
    /// <param name="bound">What it is bound to, if that is known already.</param>
    /// <exception cref="BpfException">Something that it names is not there.</exception>
    public PreparedProgram Prepare(string name, ProgramSpec program, ProgramTarget? bound = null)
    {
        InstructionList code = program.Instructions.Clone();
        PoisonedInstructions poisoned = Relocate(program, code, out int[] descriptors);
        _maps.PutDescriptors(program, code);
        ProgramTarget target = bound ?? _targets.Resolve(name, program);
        JumpTables tables = new(_context.Kernel, _context.Options.Token?.Handle);
        try
        {
            tables.Create(code);
            return new PreparedProgram(name, program, code, poisoned, target, tables) { Descriptors = descriptors };
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
        return new PreparedProgram(program.Name, spec, program.Code, program.Replaced, _targets.Resolve(program.Name, spec), program.Tables)
        {
            Descriptors = program.Descriptors,
        };
    }

    /// <summary>The hash by which the kernel will know a program. The maps need not be there yet.</summary>
    /// <exception cref="BpfException">Something that the program names is not there.</exception>
    public byte[] ComputeHash(ProgramSpec program)
    {
        InstructionList code = program.Instructions.Clone();
        Relocate(program, code, out _);
        return ProgramHash.Of(code);
    }

    /// <summary>Does all that does not need the maps.</summary>
    private PoisonedInstructions Relocate(ProgramSpec program, InstructionList code, out int[] descriptors)
    {
        PoisonedInstructions poisoned = new(Relocator(code).Apply(code, program.Name));
        ExternReferences references = new(_context, _externs, program, poisoned);
        references.Resolve(code);
        descriptors = references.Descriptors;
        _maps.PoisonMissing(program, code, poisoned);
        return poisoned;
    }

    /// <summary>Opens the kernel's types only for programs that ask about them.</summary>
    private CoReRelocator Relocator(InstructionList code)
    {
        if (_relocator is not null) return _relocator;
        if (!CoReRelocator.NeedsTargets(code)) return new CoReRelocator(new CoReTargets(null));
        KernelTypes types = KernelFacts.Of(_context.Kernel).Types;
        CollectionOptions options = _context.Options;
        CoReTargets targets = options.KernelTypes is { } given
            ? new CoReTargets(given) { Extra = options.ExtraKernelTypes }
            : new CoReTargets(types.Read())
            {
                Modules = () => types.ReadModules(options.Logger).Select(module => module.Types),
                Extra = options.ExtraKernelTypes,
            };
        return _relocator = new CoReRelocator(targets);
    }
}
