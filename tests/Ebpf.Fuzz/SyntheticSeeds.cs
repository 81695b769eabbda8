using System.Text;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Elf;

namespace Ebpf.Fuzz;

/// <summary>Objects with much of what compiled test objects have little of, in both byte orders.</summary>
internal static class SyntheticSeeds
{
    private const ulong Exit = 0x95;
    private const ulong LoadWide = 0x18;
    private const ulong Call = 0x1085 | (0xffff_ffffUL << 32);

    /// <summary>All of them, with their names.</summary>
    public static IEnumerable<(string Name, byte[] Image)> All =>
        from order in new[] { ByteOrder.LittleEndian, ByteOrder.BigEndian }
        from seed in new (string Name, Func<ByteOrder, byte[]> Make)[]
        {
            ("sections", Sections), ("jumptables", JumpTables), ("numbers", LegacyMaps), ("untyped", Untyped), ("names", ForeignNames),
        }
        select ($"synthetic_{seed.Name}.{(order == ByteOrder.LittleEndian ? "el" : "eb")}", seed.Make(order));

    /// <summary>Many sections, some of one name, with variables that one type of BTF describes.</summary>
    private static byte[] Sections(ByteOrder order)
    {
        ElfBuilder elf = new(order);
        BtfBuilder types = new(order);
        var number = types.AddInt("int", 4, IntEncoding.Signed);
        foreach (string name in new[] { ".data", ".rodata", ".bss", ".data.own" })
        {
            DataSectionBuilder described = types.AddDataSection(name);
            for (int i = 0; i < 4; i++)
            {
                // One of four is empty; the third variable is static.
                int section = elf.Data(name, new byte[i == 1 ? 0 : 8]);
                if (i == 1) continue;
                string variable = $"{name[1]}{name.Length}_{i}";
                elf.Symbol(variable, ElfSymbolType.Object, section, 4, 4, i == 2 ? ElfSymbolBinding.Local : ElfSymbolBinding.Global);
                described.AddAt(types.AddVariable(variable, number, i == 2 ? VariableLinkage.Static : VariableLinkage.Global), 4, 4);
            }
        }

        for (int i = 0; i < 8; i++)
        {
            int code = elf.Code(i < 4 ? $".text.f{i}" : i < 6 ? "xdp" : $"?kprobe/f{i}", Call, Exit);
            elf.Symbol($"f{i}", ElfSymbolType.Function, code, 0, 16, i == 5 ? ElfSymbolBinding.Local : ElfSymbolBinding.Global);
            elf.Relocate(code, [(0, 1)]);
        }

        elf.Data(".BTF", Open(types.Build().ToArray()));
        return elf.Build();
    }

    /// <summary>Compilers leave open the sizes of data sections, and the offsets of variables that are not static.</summary>
    private static byte[] Open(byte[] raw)
    {
        BtfCompletion completion = new(raw);
        foreach (DataSectionType section in completion.Draft.OfKind(BtfKind.DataSection).Cast<DataSectionType>())
            completion.Place(section.Id, 0, [.. section.Entries.Select(entry => entry.Variable!.Linkage == VariableLinkage.Static ? entry.Offset : 0)]);
        return completion.Build().ToArray();
    }

    /// <summary>Several loads of several jump tables, in two functions.</summary>
    private static byte[] JumpTables(ByteOrder order)
    {
        const int loads = 4, entries = 6;
        ElfBuilder elf = new(order);
        int tables = elf.Numbers(".jumptables", Enumerable.Range(0, 2 * entries).Select(i => (ulong)(loads * 16) + (ulong)(i % 3 * 8)));
        int[] symbols = [.. Enumerable.Range(0, 2).Select(i => elf.Symbol($"table{i}", ElfSymbolType.Object, tables, (ulong)(i * entries * 8), entries * 8))];
        foreach (string section in new[] { "xdp", "tc" })
        {
            int code = elf.Code(section, [.. Enumerable.Range(0, loads).SelectMany(_ => new[] { LoadWide, 0ul }), 0xb7, 0xb7, Exit]);
            elf.Symbol($"on_{section}", ElfSymbolType.Function, code, 0, ((2 * loads) + 3) * 8);
            elf.Relocate(code, Enumerable.Range(0, loads).Select(i => ((ulong)i * 16, symbols[i % 2])));
        }

        return elf.Build();
    }

    /// <summary>Definitions of maps as plain numbers, in several sections: libbpf's, and both of iproute2.</summary>
    private static byte[] LegacyMaps(ByteOrder order)
    {
        ElfBuilder elf = new(order);
        foreach ((int section, int size) in new[] { (0, 20), (1, 28), (2, 36), (3, 36) })
        {
            uint[][] maps = [[1, 4, 8, 16, 0, 7, 2, 0, 0], [12, 4, 4, 8, 0, 8, 1, 7, uint.MaxValue]];
            byte[] data = new byte[2 * size];
            for (int i = 0; i < 2; i++)
            {
                for (int word = 0; word < size / 4; word++)
                    Mutation.Values.Write(data.AsSpan((i * size) + (word * 4), 4), maps[i][word], order == ByteOrder.BigEndian);
            }

            int index = elf.Data(section == 0 ? "maps" : $"maps/{section}", data);
            for (int i = 0; i < 2; i++) elf.Symbol($"map{section}_{i}", ElfSymbolType.Object, index, (ulong)(i * size), (ulong)size);
        }

        return elf.Build();
    }

    /// <summary>Symbols without types, as clang before 8 writes them.</summary>
    private static byte[] Untyped(ByteOrder order)
    {
        ElfBuilder elf = new(order);
        int code = elf.Code("socket", 0x1_0000_1085, Exit, 0xb7, Exit);
        elf.Symbol("first", ElfSymbolType.None, code, 0, 0);
        elf.Symbol("LBB0_1", ElfSymbolType.None, code, 8, 0, ElfSymbolBinding.Local);
        elf.Symbol("helper", ElfSymbolType.None, code, 16, 0, ElfSymbolBinding.Local);
        int typed = elf.Code("xdp", Exit, Exit, Exit);
        elf.Symbol("whole", ElfSymbolType.Function, typed, 0, 8);
        elf.Symbol("untyped", ElfSymbolType.None, typed, 8, 0);
        elf.Symbol("license", ElfSymbolType.Object, elf.Data("license", (byte)'G', (byte)'P', (byte)'L', 0), 0, 4);
        return elf.Build();
    }

    /// <summary>BTF with names of other languages than C, which no kernel accepts, of all that has names.</summary>
    private static byte[] ForeignNames(ByteOrder order)
    {
        ElfBuilder elf = new(order);
        BtfBuilder types = new(order);
        var number = types.AddInt("u32", 4);
        var pair = types.AddStruct("Pair_u32_").Add("_0", number).Add("gr__e", types.AddTypedef("_9lives", number)).Id;
        types.AddEnum("Option___").Add("Some_1_", 1L).Add(new string('v', 500), 2L);
        var prototype = types.AddFunctionPrototype(number).Add("_self", types.AddPointer(pair)).Id;
        types.AddFunction("_T_as_U___f", prototype, FunctionLinkage.Global);
        int data = elf.Data(".data", new byte[8]);
        elf.Symbol("state__COUNT", ElfSymbolType.Object, data, 0, 8);
        types.AddDataSection(".data").AddAt(types.AddVariable("state__COUNT", pair), 0, 8);
        elf.Symbol("_T_as_U___f", ElfSymbolType.Function, elf.Code("xdp", Exit), 0, 8);
        byte[] raw = Open(types.Build().ToArray());

        // The builder accepts only what kernels do.
        foreach ((string accepted, string foreign) in new[]
        {
            ("Pair_u32_", "Pair<u32>"), ("_0", "00"), ("gr__e", "gr\u00f6\u00dfe"), ("_9lives", "99lives"), ("Option___", "Option<T>"),
            ("Some_1_", "Some(1)"), ("_self", "&self"), ("_T_as_U___f", "<T as U>::f"), ("state__COUNT", "state::COUNT"),
        })
        {
            Replace(raw, accepted, foreign);
        }

        elf.Data(".BTF", raw);
        return elf.Build();
    }

    private static void Replace(Span<byte> raw, string name, string other)
    {
        ReadOnlySpan<byte> old = [0, .. Encoding.Latin1.GetBytes(name), 0];
        Encoding.Latin1.GetBytes(other).CopyTo(raw[(raw.IndexOf(old) + 1)..]);
    }
}
