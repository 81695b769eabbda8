using System.Runtime.InteropServices;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Brings a spec into the kernel: types, maps, programs, and what the maps hold of programs and maps.</summary>
internal sealed class CollectionLoader(
    CollectionSpec spec, CollectionOptions options, LinuxKernel kernel, BpfCollection collection)
{
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

    private BpfHandle? LoadTypes()
    {
        if (spec.Types is null) return null;
        return kernel.LoadBtf(spec.Types.EncodeForKernel(BtfKernelSupport.All), out _);
    }

    private void LoadMaps(BpfHandle? btf)
    {
        foreach ((string name, MapSpec map) in spec.Maps)
        {
            MapCreateOptions types = btf is null || IdOf(map.Value) == 0
                ? MapCreateOptions.None
                : new MapCreateOptions { Btf = btf, KeyTypeId = IdOf(map.Key), ValueTypeId = IdOf(map.Value) };
            collection.Maps.TryAdd(name, MapCreation.Create(kernel, map, types));
        }
    }

    private void LoadPrograms(BpfHandle? btf)
    {
        ProgramLoader loader = new(kernel, options);
        foreach ((string name, ProgramSpec program) in spec.Programs)
        {
            if (!program.AutoLoad || program.Type == ProgramType.Unspecified) continue;
            InstructionList code = Resolve(program, program.Instructions.Clone());
            collection.Programs.TryAdd(name, loader.Load(program, code, btf, target: 0));
        }
    }

    private InstructionList Resolve(ProgramSpec program, InstructionList code)
    {
        foreach (ref Instruction instruction in code.AsSpan())
        {
            if (instruction.Reference is not { } reference) continue;
            switch (reference.Kind)
            {
                case ReferenceKind.Map:
                    instruction.Immediate = DescriptorOf(program, reference.Name);
                    break;
                case ReferenceKind.MapValue:
                    instruction.Immediate = (instruction.Immediate & ~0xffff_ffffL) | (uint)DescriptorOf(program, reference.Name);
                    break;
            }
        }

        return code;
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

                Put(collection.Maps[name], initializer.Slot, target);
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
