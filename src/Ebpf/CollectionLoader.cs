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
    private readonly List<string> _pins = [];
    private readonly HashSet<BpfMap> _reused = [];
    private CoReRelocator? _relocator;

    /// <summary>Loads everything into the collection.</summary>
    public void Load()
    {
        if (spec.ByteOrder != EndianReader.Host)
        {
            throw new BpfException(
                $"Load {spec}: the object is {spec.ByteOrder}, this machine is not: compile it with clang -target bpf");
        }

        BpfHandle? btf = null;
        try
        {
            btf = LoadTypes();
            LoadMaps(btf);
            LoadPrograms(btf);
            FillMaps();
        }
        finally
        {
            btf?.Dispose();
        }
    }

    /// <summary>Closes what was opened, and takes away the pins that were made.</summary>
    public void Undo()
    {
        collection.Dispose();
        foreach (string path in _pins) kernel.Unlink(path);
    }

    /// <returns>The types in the kernel; <c>null</c> if there are none, or the kernel takes none: they are no necessity.</returns>
    private BpfHandle? LoadTypes()
    {
        if (spec.Types is null) return null;
        BpfHandle? btf = kernel.LoadBtf(spec.Types.EncodeForKernel(), out Errno error);
        return error == Errno.EINVAL
            ? kernel.LoadBtf(spec.Types.EncodeForKernel(KernelFacts.Of(kernel).ProbeBtf()), out _)
            : btf;
    }

    private void LoadMaps(BpfHandle? btf)
    {
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            if (!map.AutoCreate) continue;
            CheckLoadable(map);
            MapCreateOptions types = btf is null || IdOf(map.Value) == 0
                ? MapCreateOptions.None
                : new MapCreateOptions { Btf = btf, KeyTypeId = IdOf(map.Key), ValueTypeId = IdOf(map.Value) };
            collection.Maps.TryAdd(name, map.Pinning == MapPinning.ByName ? OpenOrCreate(map, types) : MapCreation.Create(kernel, map, types));
        }
    }

    private BpfMap OpenOrCreate(MapSpec map, MapCreateOptions types)
    {
        if (!kernel.Exists(options.PinDirectory))
        {
            const uint ownerOnly = 0b111_000_000;
            Errno error = kernel.MakeDirectory(options.PinDirectory, ownerOnly).Error;
            if (error is not (Errno.None or Errno.EEXIST))
                throw Refusal.Explain(kernel, $"Make directory {options.PinDirectory} for pins", error);
        }

        string path = $"{options.PinDirectory.TrimEnd('/')}/{map.Name}";
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
        if (map.Type == MapType.Arena && map.DataSection is not null)
            throw new BpfException($"Create map \"{map.Name}\": this library cannot yet put variables into an arena");
        if (map.DataSection == ".kconfig")
            throw new BpfException($"Create map \"{map.Name}\": this library cannot yet find out the kernel's settings");
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
        if (options.KernelTypes is { } given) return _relocator = new CoReRelocator(new CoReTargets(given));
        KernelTypes types = KernelFacts.Of(kernel).Types;
        return _relocator = new CoReRelocator(
            new CoReTargets(types.Read()) { Modules = () => types.ReadModules().Select(module => module.Types) });
    }

    private void Resolve(ProgramSpec program, InstructionList code)
    {
        foreach (ref Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is not { } reference) continue;
            switch (reference.Kind)
            {
                case ReferenceKind.Kfunc or ReferenceKind.Ksym or ReferenceKind.Kconfig or ReferenceKind.Symbol:
                    throw new BpfException($"Load program \"{program.Name}\": this library cannot yet resolve {reference}");
                case ReferenceKind.Map:
                    instruction.Immediate = DescriptorOf(program, reference.Name);
                    break;
                case ReferenceKind.MapValue:
                    instruction.ImmediateLow = DescriptorOf(program, reference.Name);
                    break;
            }
        }
    }

    private int DescriptorOf(ProgramSpec program, string map)
    {
        // The collection holds its maps open for as long as it loads.
        return collection.Maps.TryGetValue(map, out BpfMap? found)
            ? (int)found.Handle.DangerousGetHandle()
            : throw new BpfException($"Load program \"{program.Name}\": it uses map \"{map}\", which the collection does not have");
    }

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
