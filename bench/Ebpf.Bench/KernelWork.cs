using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.CoRe;

namespace Ebpf.Bench;

/// <summary>What is measured of ours that has to do with the kernel's types.</summary>
internal static class KernelWork
{
    /// <summary>Opens the kernel's types anew, and finds one.</summary>
    public static void Find()
    {
        KernelBtf.Release();
        GC.KeepAlive(KernelBtf.GetTypes().Get<StructType>("task_struct"));
    }

    /// <summary>Opens the kernel's types anew, and prints all of them as C, into nothing; without kfuncs, as libbpf does.</summary>
    public static void Print()
    {
        KernelBtf.Release();
        CWriter writer = new(KernelBtf.GetTypes(), new CWriterOptions { KernelFunctions = false });
        writer.AddAll();
        writer.Write(Stream.Null);
    }

    /// <summary>As the first object of a process: opens the kernel's types anew.</summary>
    public static void RelocateFirst(ReadOnlyMemory<byte> image)
    {
        KernelBtf.Release();
        Relocate(image);
    }

    /// <summary>
    /// Reads an object and adjusts its programs to the kernel, up to the bytes for bpf(2). Programs that are attached to
    /// functions of the kernel when they are loaded are left out, as with libbpf.
    /// </summary>
    public static void Relocate(ReadOnlyMemory<byte> image)
    {
        CollectionSpec spec = CollectionSpec.Load(image);
        CoReRelocator relocator = new(new CoReTargets(KernelBtf.GetTypes()));
        foreach (ProgramSpec program in spec.Programs.Values)
        {
            if (program.Type == ProgramType.Tracing) continue;
            InstructionList code = program.Instructions.Clone();
            relocator.Apply(code, program.Name);
            GC.KeepAlive(code.Encode(spec.ByteOrder));
        }
    }
}
