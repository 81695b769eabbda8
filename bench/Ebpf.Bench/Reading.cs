namespace Ebpf.Bench;

/// <summary>What is measured of ours.</summary>
internal static class Reading
{
    /// <summary>What libbpf does when it opens an object: sections, BTF, maps, programs, variables, relocations.</summary>
    public static void Load(ReadOnlyMemory<byte> image, int times)
    {
        for (int i = 0; i < times; i++) GC.KeepAlive(CollectionSpec.Load(image));
    }

    /// <summary>And decodes and links the code of every program, which libbpf does when it loads them into the kernel.</summary>
    public static void LoadWithCode(ReadOnlyMemory<byte> image, int times)
    {
        for (int i = 0; i < times; i++)
        {
            CollectionSpec spec = CollectionSpec.Load(image);
            foreach (ProgramSpec program in spec.Programs.Values) GC.KeepAlive(program.Instructions);
        }
    }
}
