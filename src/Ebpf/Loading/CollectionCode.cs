using Ebpf.Asm;
using Ebpf.CoRe;
using Ebpf.Kernel;

namespace Ebpf;

/// <summary>Makes the programs of a collection ready for the kernel: CO-RE, the maps and symbols that they name, their targets.</summary>
internal sealed class CollectionCode(LoadContext context)
{
    private readonly AttachTargetResolver _targets = new(KernelFacts.Of(context.Kernel).Types);
    private CoReRelocator? _relocator;

    /// <summary>Prepares a copy of a program's code.</summary>
    /// <exception cref="BpfException">Something that it names is not there.</exception>
    public PreparedProgram Prepare(string name, ProgramSpec program)
    {
        InstructionList code = program.Instructions.Clone();
        PoisonedInstructions poisoned = new(Relocator(code).Apply(code, program.Name));
        Resolve(program, code);
        ProgramTarget target = _targets.Resolve(program);
        JumpTables tables = new(context.Kernel, context.Options.Token?.Handle);
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

    private void Resolve(ProgramSpec program, InstructionList code)
    {
        foreach (ref Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is not { } reference) continue;
            switch (reference.Kind)
            {
                case ReferenceKind.Kfunc or ReferenceKind.Ksym or ReferenceKind.Symbol:
                    throw new BpfException($"Load program \"{program.Name}\": this library cannot yet resolve {reference}");
                case ReferenceKind.Map:
                    instruction.Immediate = DescriptorOf(MapOf(program, reference.Name));
                    break;
                case ReferenceKind.MapValue:
                    BpfMap section = MapOf(program, reference.Name);
                    instruction.ImmediateLow = DescriptorOf(section);
                    instruction.ImmediateHigh += (int)section.VariablesOffset;
                    break;
                case ReferenceKind.Kconfig:
                    instruction.ImmediateLow = DescriptorOf(MapOf(program, CollectionMaps.Kconfig));
                    instruction.ImmediateHigh = (int)SettingOf(program, reference.Name).Offset;
                    break;
            }
        }
    }

    private BpfMap MapOf(ProgramSpec program, string map) => context.Collection.Maps.TryGetValue(map, out BpfMap? found)
        ? found
        : throw new BpfException($"Load program \"{program.Name}\": it uses map \"{map}\", which the collection does not have");

    private ExternSpec SettingOf(ProgramSpec program, string name) =>
        context.Spec.Externs.TryGetValue(name, out ExternSpec? setting) && setting.Kind == ExternKind.Kconfig
            ? setting
            : throw new BpfException($"Load program \"{program.Name}\": it uses the setting {name}, which the object does not declare");

    /// <summary>The collection holds its maps open for as long as it loads.</summary>
    private static int DescriptorOf(BpfMap map) => (int)map.Handle.DangerousGetHandle();
}
