using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Brings a spec into the kernel: types, maps, programs, and what the maps hold of programs and maps.</summary>
internal sealed class CollectionLoader(
    CollectionSpec spec, CollectionOptions options, LinuxKernel kernel, BpfCollection collection)
{
    private const string Kconfig = ".kconfig";

    private readonly List<string> _pins = [];
    private readonly HashSet<BpfMap> _reused = [];
    private readonly Dictionary<MapSpec, BpfMap> _loaded = [];
    private CoReRelocator? _relocator;

    /// <summary>Loads everything into the collection.</summary>
    public void Load()
    {
        if (spec.ByteOrder != EndianReader.Host)
        {
            throw new BpfException(
                $"Load {spec}: the object is {spec.ByteOrder}, this machine is not: compile it with clang -target bpf");
        }

        // The kernel keeps the types for as long as a map or program refers to them. They are no necessity.
        using BpfBtf? types = spec.Types is null ? null : BpfBtf.TryLoad(kernel, spec.Types, options.Logger);
        LoadMaps(types?.Handle);
        AddVariables();
        LoadPrograms(types?.Handle);
        FillMaps();
    }

    /// <summary>Closes what was opened, and takes away the pins that were made.</summary>
    public void Undo()
    {
        collection.Dispose();
        foreach (string path in _pins) kernel.Unlink(path);
    }

    private void LoadMaps(BpfHandle? btf)
    {
        CheckReused();
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            if (options.Maps.TryGetValue(name, out BpfMap? given))
            {
                BpfMap own = PinnedMaps.Reuse(given, name, map);
                collection.Maps.TryAdd(name, own);
                _loaded.Add(map, own);
                _reused.Add(own);
                continue;
            }

            if (!map.AutoCreate) continue;
            CheckLoadable(map);
            MapCreateOptions types = btf is null || IdOf(map.Value) == 0
                ? MapCreateOptions.None
                : new MapCreateOptions { Btf = btf, KeyTypeId = IdOf(map.Key), ValueTypeId = IdOf(map.Value) };
            MapSpec filled = map.DataSection == Kconfig ? WithSettings(map) : map;
            BpfMap loaded = PinPathOf(map) is { } path ? OpenOrCreate(filled, path, types) : MapCreation.Create(kernel, filled, types);
            collection.Maps.TryAdd(name, loaded);
            _loaded.Add(map, loaded);
            if (map.Type == MapType.Arena && map.DataSection is not null) loaded.VariablesOffset = ArenaVariables.OffsetOf(loaded, map);
        }
    }

    /// <summary>The map of the kernel's settings, with their values.</summary>
    private MapSpec WithSettings(MapSpec map)
    {
        MapSpec filled = map.Clone();
        filled.InitialValue = KernelSettings.Read(kernel, spec.Externs.Values, map.ValueSize, options.Kconfig);
        return filled;
    }

    private void AddVariables()
    {
        foreach ((string name, VariableSpec variable) in spec.Variables)
        {
            if (_loaded.TryGetValue(variable.Map, out BpfMap? map))
                Add(map, name, variable.Section, variable.Offset, variable.Size, variable.Type, variable.IsConstant);
        }

        if (!collection.Maps.TryGetValue(Kconfig, out BpfMap? settings)) return;
        foreach ((string name, ExternSpec setting) in spec.Externs)
        {
            if (setting.Kind == ExternKind.Kconfig && setting.Type.TryGetSize(out uint size))
                Add(settings, name, Kconfig, setting.Offset, size, setting.Type, isConstant: true);
        }
    }

    private void Add(BpfMap map, string name, string section, uint offset, uint size, BtfType? type, bool isConstant)
    {
        // A variable may be cut off from a section that the user made smaller.
        if (map.Type == MapType.Arena || offset + (ulong)size <= (uint)map.ValueSize)
            collection.Variables.TryAdd(name, new BpfVariable(map, name, section, offset, size, type, isConstant));
    }

    /// <summary>A name that is nowhere in the spec is a mistake: the collection would make a map where it shall use one.</summary>
    private void CheckReused()
    {
        foreach ((string name, BpfMap map) in options.Maps)
        {
            ArgumentNullException.ThrowIfNull(map, $"{nameof(CollectionOptions)}.{nameof(CollectionOptions.Maps)}[{name}]");
            if (!spec.Maps.ContainsKey(name))
                throw new BpfException($"Use {map} as map \"{name}\": the object has no map of this name");
        }
    }

    /// <summary>Where the map is shared; <c>null</c> if it is not.</summary>
    private string? PinPathOf(MapSpec map)
    {
        if (map.PinPath is not null) return map.PinPath;
        if (map.Pinning != MapPinning.ByName) return null;
        if (map.Name.Length == 0 || map.Name.Contains('/'))
            throw new BpfException($"Pin map \"{map.Name}\" by its name: that is no name for a file; set its PinPath");

        // A bpffs has no dots in its names; libbpf pins under the same name.
        return $"{options.PinDirectory.TrimEnd('/')}/{map.Name.Replace('.', '_')}";
    }

    private BpfMap OpenOrCreate(MapSpec map, string path, MapCreateOptions types)
    {
        if (map.PinPath is null && !kernel.Exists(options.PinDirectory))
        {
            const uint ownerOnly = 0b111_000_000;
            Errno error = kernel.MakeDirectory(options.PinDirectory, ownerOnly).Error;
            if (error is not (Errno.None or Errno.EEXIST))
                throw Refusal.Explain(kernel, $"Make directory {options.PinDirectory} for pins", error);
        }

        BpfMap opened = PinnedMaps.OpenOrCreate(kernel, map, path, types, out bool created);
        if (created) _pins.Add(path);
        else _reused.Add(opened);
        return opened;
    }

    private static void CheckLoadable(MapSpec map)
    {
        if (map.Extra.Span.ContainsAnyExcept((byte)0))
        {
            throw new BpfException(
                $"Create map \"{map.Name}\": its definition has {map.Extra.Length} bytes more than are known, and they are not zero: "
                + "look at MapSpec.Extra, and make it empty");
        }

        if (map.Type == MapType.StructOps)
            throw new BpfException($"Create map \"{map.Name}\": this library cannot yet load struct_ops; leave it out with AutoCreate");
    }

    private void LoadPrograms(BpfHandle? btf)
    {
        ProgramLoader loader = new(kernel, options);
        AttachTargetResolver targets = new(KernelFacts.Of(kernel).Types);
        foreach ((string name, ProgramSpec program) in spec.Programs)
        {
            if (!program.AutoLoad || program.Type == ProgramType.Unspecified) continue;
            InstructionList code = program.Instructions.Clone();
            PoisonedInstructions poisoned = new(Relocator(code).Apply(code, program.Name));
            Resolve(program, code);
            using JumpTables tables = new(kernel);
            tables.Create(code);
            collection.Programs.TryAdd(name, loader.Load(program, code, poisoned, btf, targets.Resolve(program)));
        }
    }

    /// <summary>Opens the kernel's types only for programs that ask about them.</summary>
    private CoReRelocator Relocator(InstructionList code)
    {
        if (_relocator is not null) return _relocator;
        if (!CoReRelocator.NeedsTargets(code)) return new CoReRelocator(new CoReTargets(null));
        KernelTypes types = KernelFacts.Of(kernel).Types;
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
                    instruction.ImmediateLow = DescriptorOf(MapOf(program, Kconfig));
                    instruction.ImmediateHigh = (int)SettingOf(program, reference.Name).Offset;
                    break;
            }
        }
    }

    private BpfMap MapOf(ProgramSpec program, string map) => collection.Maps.TryGetValue(map, out BpfMap? found)
        ? found
        : throw new BpfException($"Load program \"{program.Name}\": it uses map \"{map}\", which the collection does not have");

    private ExternSpec SettingOf(ProgramSpec program, string name) =>
        spec.Externs.TryGetValue(name, out ExternSpec? setting) && setting.Kind == ExternKind.Kconfig
            ? setting
            : throw new BpfException($"Load program \"{program.Name}\": it uses the setting {name}, which the object does not declare");

    /// <summary>The collection holds its maps open for as long as it loads.</summary>
    private static int DescriptorOf(BpfMap map) => (int)map.Handle.DangerousGetHandle();

    /// <summary>Puts programs into program arrays and maps into maps of maps, as the object says.</summary>
    private void FillMaps()
    {
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            // A map that was there before keeps what it holds.
            if (!collection.Maps.TryGetValue(name, out BpfMap? filled) || _reused.Contains(filled)) continue;
            foreach (MapInitializer initializer in map.Initializers)
            {
                BpfHandle? target = map.Type == MapType.ProgramArray
                    ? (collection.Programs.TryGetValue(initializer.Target, out BpfProgram? program) ? program.Handle : null)
                    : (collection.Maps.TryGetValue(initializer.Target, out BpfMap? inner) ? inner.Handle : null);

                // A program that is not wanted leaves its slot empty, as with libbpf.
                if (target is null && spec.Programs.ContainsKey(initializer.Target)) continue;
                if (target is null)
                {
                    throw new BpfException(
                        $"Fill map \"{name}\": slot {initializer.Slot} holds \"{initializer.Target}\", which the collection does not have");
                }

                Put(filled, initializer.Slot, target);
            }
        }
    }

    private static void Put(BpfMap map, uint slot, BpfHandle target)
    {
        using BorrowedDescriptor borrowed = target.Borrow();
        int descriptor = borrowed.Descriptor;
        map.Update(
            MemoryMarshal.AsBytes(new ReadOnlySpan<uint>(in slot)), MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in descriptor)));
    }

    /// <summary>The number of a type in the BTF that was loaded; 0 for one that is not in it.</summary>
    private uint IdOf(BtfType? type) =>
        type is { Id: not 0 } && ReferenceEquals(type.Owner, spec.Types) ? type.Id : 0;
}
