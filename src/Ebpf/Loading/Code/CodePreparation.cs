using Ebpf.Asm;
using Ebpf.BtfObjects;
using Ebpf.CoRe;
using Ebpf.Kernel;
using Ebpf.Loading.Externs;
using Ebpf.Loading.Plan;
using Ebpf.Loading.Targets;
using Ebpf.Verifier;

namespace Ebpf.Loading.Code;

/// <summary>Makes programs ready for the kernel: CO-RE, the maps and symbols that they name, their targets.</summary>
internal sealed class CodePreparation
{
    private readonly LoadPlan _plan;
    private readonly MapReferences _maps;
    private readonly ExternResolver _externs;
    private readonly AttachTargetResolver _targets;
    private CoReRelocator? _relocator;

    public CodePreparation(LoadPlan plan, ModuleHandles modules)
    {
        _plan = plan;
        _maps = new MapReferences(plan);
        _externs = new ExternResolver(plan, modules);
        _targets = new AttachTargetResolver(plan, modules);
    }

    /// <summary>Finds what the programs of the plan expect of the kernel; once, before any of them is prepared.</summary>
    /// <exception cref="FeatureNotSupportedException">The kernel lacks something; everything that it lacks is listed.</exception>
    /// <exception cref="BpfException">Something cannot be found out or is ambiguous.</exception>
    public void ResolveExterns()
    {
        // Programs for which maps are made that only they can use need not be loaded.
        IEnumerable<PlannedProgram> exclusive = _plan.Maps.Select(map => map.ExclusiveProgram).OfType<PlannedProgram>();
        _externs.Resolve(_plan.Programs.Concat(exclusive).DistinctBy(program => program.Name));
    }

    /// <summary>Prepares a copy of a program's code.</summary>
    /// <param name="program">The program.</param>
    /// <param name="maps">The maps of the collection.</param>
    /// <exception cref="BpfException">Something that it names is not there.</exception>
    public PreparedProgram Prepare(PlannedProgram program, NameTable<BpfMap> maps)
    {
        InstructionList code = program.Spec.Instructions.Clone();
        DescriptorPlaces descriptors = new();
        PoisonedInstructions poisoned = Relocate(program.Spec, code, descriptors);
        _maps.Resolve(program.Spec, code, maps, descriptors);
        ProgramTarget target = _targets.Resolve(program);
        JumpTables tables = new(_plan.Kernel, _plan.Options.Token?.Handle);
        try
        {
            tables.Create(code, descriptors);
            PreparedCode prepared = new() { Instructions = code, Poisoned = poisoned, Descriptors = descriptors, Tables = tables };
            return new PreparedProgram(program.Name, program.Spec, prepared, target);
        }
        catch
        {
            tables.Dispose();
            throw;
        }
    }

    /// <summary>Binds the code of a program to another target.</summary>
    /// <exception cref="BpfException">There is no such target.</exception>
    public PreparedProgram Retarget(PreparedProgram program, string attachTo)
    {
        ProgramSpec spec = program.Spec.Clone();
        spec.AttachTo = attachTo;
        return new PreparedProgram(program.Name, spec, program.Code, _targets.Resolve(new PlannedProgram(program.Name, spec)));
    }

    /// <summary>Computes the hash by which the kernel will know a program. The maps need not be there yet.</summary>
    /// <exception cref="BpfException">Something that the program names is not there.</exception>
    public byte[] ComputeHash(ProgramSpec program)
    {
        InstructionList code = program.Instructions.Clone();
        DescriptorPlaces descriptors = new();
        Relocate(program, code, descriptors);
        return ProgramHash.Of(code, descriptors);
    }

    /// <summary>Does all that does not need the maps.</summary>
    private PoisonedInstructions Relocate(ProgramSpec program, InstructionList code, DescriptorPlaces descriptors)
    {
        PoisonedInstructions poisoned = new(Relocator(code).Apply(code, program.Name));
        new ExternReferences(_plan, _externs, program, poisoned, descriptors).Resolve(code);
        _maps.PoisonMissing(program, code, poisoned);
        return poisoned;
    }

    /// <summary>Opens the kernel's types only for programs that ask about them.</summary>
    private CoReRelocator Relocator(InstructionList code)
    {
        if (_relocator is not null) return _relocator;
        if (!CoReRelocator.NeedsTargets(code)) return new CoReRelocator(new CoReTargets(null));
        KernelTypes types = KernelTypes.Of(_plan.Kernel);
        CollectionOptions options = _plan.Options;
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
