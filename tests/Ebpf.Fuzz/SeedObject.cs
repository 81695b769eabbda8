using Ebpf.Elf;
using Ebpf.TestData;

namespace Ebpf.Fuzz;

/// <summary>A compiled test object, for the inputs that can be taken out of it.</summary>
internal sealed class SeedObject(string name, ByteOrder order)
{
    private ElfFile? _elf;

    /// <summary>All objects, in both byte orders.</summary>
    public static IEnumerable<SeedObject> All =>
        from name in TestObject.Names
        from order in new[] { ByteOrder.LittleEndian, ByteOrder.BigEndian }
        select new SeedObject(name, order);

    public string Name { get; } = $"{name}.{(order == ByteOrder.LittleEndian ? "el" : "eb")}";

    public ByteOrder ByteOrder => order;

    public byte[] Image { get; } = TestObject.Read(name, order);

    private ElfFile Elf => _elf ??= new ElfFile(Image);

    /// <summary>The bytes of a section; <c>null</c> if there is none.</summary>
    public byte[]? Section(string section)
    {
        for (int i = 1; i < Elf.SectionCount; i++)
        {
            if (Elf.SectionName(i) == section) return Elf.Data(Elf.Section(i)).ToArray();
        }

        return null;
    }

    /// <summary>The sections of code.</summary>
    public IEnumerable<(string Section, byte[] Code)> Code()
    {
        for (int i = 1; i < Elf.SectionCount; i++)
        {
            ElfSection section = Elf.Section(i);
            if (section.IsCode) yield return (Elf.SectionName(i), Elf.Data(section).ToArray());
        }
    }
}
