using System.Text;
using Ebpf.Elf;
using Ebpf.Executables;
using Ebpf.Fuzz.Mutation;

namespace Ebpf.Fuzz.Targets;

/// <summary>Programs and libraries: their parts, notes and functions; and what leads to them, archives and the list of the dynamic linker.</summary>
internal sealed class ExecutableTarget : FuzzTarget
{
    /// <summary>How many places are looked at; each look may take as many steps as there are functions.</summary>
    private const int MaxPlaces = 8;

    private const ulong Code = ExecutableBuilder.CodeAddress;

    public override string Name => "executable";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        foreach (bool is64Bit in (bool[])[true, false])
        {
            foreach (ByteOrder order in (ByteOrder[])[ByteOrder.LittleEndian, ByteOrder.BigEndian])
            {
                string kind = $"{(is64Bit ? 64 : 32)}.{(order == ByteOrder.LittleEndian ? "el" : "eb")}";
                yield return ($"symbols.{kind}", Small(is64Bit, order, headers: true, ElfMachine.X86_64).Build(Instructions));
                yield return ($"headless.{kind}", Dynamic(is64Bit, order, gnuHash: true));
                yield return ($"hashed.{kind}", Dynamic(is64Bit, order, gnuHash: false));
                foreach (uint magic in (uint[])[0xfffffffb, 0xfffffffa, 0xfffffff0, 0xfffffff1])
                    yield return ($"go.{magic:x}.{kind}", Go(is64Bit, order, magic));
            }
        }

        yield return ("s390", Small(is64Bit: true, ByteOrder.BigEndian, headers: true, ElfMachine.S390).Build(Instructions));
        yield return ("riscv", Small(is64Bit: true, ByteOrder.LittleEndian, headers: true, ElfMachine.RiscV).Build(Instructions));
        byte[] inner = "ELF!"u8.ToArray(), name = "lib/a.so"u8.ToArray();
        yield return ("archive", [
            .. "PK\u0003\u0004"u8, .. new byte[14], 4, 0, 0, 0, 4, 0, 0, 0, 8, 0, 0, 0, .. name, .. inner,
            .. "PK\u0001\u0002"u8, .. new byte[16], 4, 0, 0, 0, 4, 0, 0, 0, 8, 0, .. new byte[16], .. name,
            .. "PK\u0005\u0006"u8, .. new byte[4], 1, 0, 1, 0, 54, 0, 0, 0, 42, 0, 0, 0, 0, 0]);
        byte[] cache = [.. "glibc-ld.so.cache1.1"u8, 1, 0, 0, 0, 32, 0, 0, 0, .. new byte[20], 1, 0, 0, 0, 72, 0, 0, 0, 82, 0, 0, 0, .. new byte[12], .. "libc.so.6\0/lib/libc.so.6\0"u8];
        yield return ("cache", cache);
        yield return ("old-cache", [.. "ld.so-1.7.0\0"u8, 0, 0, 0, 0, .. cache]);
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        MemorySource source = new(input);
        budget.Run("Archive", () => StoredFile.Find(source, "lib/a.so"u8));
        budget.Run("Cache", () => LoaderCache.Find(input.Span, "libc.so.6"));
        if (budget.Run("Open", () => new ElfExecutable(source)) is not { } file) return;
        budget.Run("Sections", () => Sections(file));
        budget.Run("Build id", () => file.ReadBuildId());
        budget.Run("Debug link", () => DebugLink.Of(file) is { } link && link.IsOf(source));
        ExecutableSymbols symbols = new(file, _ => null);
        budget.Run("Go", () => symbols.IsGo);
        budget.Run("Names", () => symbols.Names(1000));
        List<ExecutableSymbol> matched = budget.Run("Match", () => symbols.Match("*a*", out _)) ?? [];
        foreach (ExecutableSymbol symbol in matched.Take(MaxPlaces))
        {
            List<ExecutableSymbol> found = budget.Run("Find", () => symbols.Find(symbol.Name)) ?? [];
            foreach (ExecutableSymbol one in found)
            {
                if (one.Name != symbol.Name.Split('@')[0]) throw new ContractException($"{symbol.Name} was looked for, {one.Name} was found");
            }

            budget.Run("Contain", () => symbols.FindContaining(symbol.Address + 1));
            budget.Run("Boundary", () => CodeBoundary.IsInstruction(file, symbol.Address, symbol.Address + Math.Min(symbol.Size, 64)));
        }
    }

    public override void Mutate(Span<byte> input, Random random)
    {
        // The layout of 64-bit executables is that of objects.
        if (random.Next(2) == 0) ObjectMutator.Mutate(input, random);
        else WordMutator.Mutate(input, random);
    }

    private static byte[] Instructions => [0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5, 0xc5, 0xf8, 0x77, 0x62, 0xf1, 0x7c, 0x48, 0x58, 0x04, 0x0c, 0xe8, 0, 0, 0, 0, 0xc3, .. new byte[0x400]];

    private static int Sections(ElfExecutable file)
    {
        int notes = 0;
        for (int i = 0; i < file.SectionCount; i++)
        {
            ElfSection section = file.Section(i);
            file.SectionName(section);
            if (section.Type != ElfSectionType.Note || file.TryReadSection(section, 1 << 16) is not { } content) continue;
            ElfNoteReader reader = new(content, file.Swap);
            while (reader.TryRead(out _)) notes++;
        }

        foreach (ElfSegment segment in file.Segments) file.TryGetAddress(segment.Offset, out _);
        return notes;
    }

    private static ExecutableBuilder Small(bool is64Bit, ByteOrder order, bool headers, ElfMachine machine)
    {
        ExecutableBuilder builder = new(is64Bit, order) { HasSectionHeaders = headers, Machine = machine };
        return builder
            .Symbols(("alpha", Code, 2, 1), ("beta@OLD", Code + 4, 2, 1), ("beta@@NEW", Code + 8, 2, 1), ("gamma", Code + 12, 10, 0), ("a", Code + 16, 0, 0))
            .Section(".note.gnu.build-id", builder.Note("GNU", 3, [1, 2, 3, 4]), type: 7)
            .Section(".gnu_debuglink", [.. "a.debug\0"u8, .. builder.U32(1)]);
    }

    /// <summary>A file without section headers, whose symbols are found by PT_DYNAMIC. Addresses are offsets plus 0x10000.</summary>
    private static byte[] Dynamic(bool is64Bit, ByteOrder order, bool gnuHash)
    {
        const ulong start = 0x10000, at = 0x1400;
        ExecutableBuilder builder = new(is64Bit, order) { HasSectionHeaders = false };
        byte[] names = "\0alpha\0V1\0lib\0"u8.ToArray();
        byte[] symbols = [.. new byte[builder.Layout.SymbolSize], .. Symbol(builder, 1, Code), .. Symbol(builder, 1, Code + 8)];
        uint hash = "alpha".Aggregate(5381u, (value, c) => (value * 33) + c);
        byte[] table = gnuHash
            ? [.. builder.U32(1), .. builder.U32(1), .. builder.U32(1), .. builder.U32(6), .. builder.Word(ulong.MaxValue), .. builder.U32(1), .. builder.U32(hash & ~1u), .. builder.U32(hash | 1)]
            : [.. builder.U32(1), .. builder.U32(3), .. builder.U32(1), .. new byte[12]];
        byte[] versions = [.. builder.U16(0), .. builder.U16(2), .. builder.U16(0x8003)];
        byte[] definitions = [.. Definition(builder, 1, 1, 10, 28), .. Definition(builder, 0, 2, 7, 0)];
        ulong[] places = new ulong[5];
        ulong next = at;
        byte[][] parts = [symbols, names, table, versions, definitions];
        for (int i = 0; i < parts.Length; i++)
        {
            places[i] = start + next;
            next += (ulong)((parts[i].Length + 7) & ~7);
            builder.Section($".part{i}", parts[i]);
        }

        (ulong Tag, ulong Value)[] entries =
        [
            (6, places[0]), (5, places[1]), (10, (ulong)names.Length), (gnuHash ? 0x6ffffef5ul : 4, places[2]),
            (0x6ffffff0, places[3]), (0x6ffffffc, places[4]), (0x6ffffffd, 2), (0, 0),
        ];
        byte[] dynamic = [.. entries.SelectMany(entry => (byte[])[.. builder.Word(entry.Tag), .. builder.Word(entry.Value)])];
        builder.Section(".dynamic", dynamic)
            .Segment(ElfSegmentType.Dynamic, 6, next, start + next, (ulong)dynamic.Length)
            .Segment(ElfSegmentType.Load, 4, 0, start, 0x2000);
        return builder.Build([.. Instructions[..24], .. new byte[0x400 - 24]]);
    }

    private static byte[] Symbol(ExecutableBuilder builder, uint name, ulong value) => builder.Layout.Is64Bit
        ? [.. builder.U32(name), 0x12, 0, .. builder.U16(1), .. builder.Word(value), .. builder.Word(8)]
        : [.. builder.U32(name), .. builder.Word(value), .. builder.Word(8), 0x12, 0, .. builder.U16(1)];

    private static byte[] Definition(ExecutableBuilder builder, ushort flags, ushort number, uint name, uint next) =>
    [
        .. builder.U16(1), .. builder.U16(flags), .. builder.U16(number), .. builder.U16(1), .. builder.U32(0), .. builder.U32(20), .. builder.U32(next),
        .. builder.U32(name), .. builder.U32(0),
    ];

    /// <summary>A Go program of two functions, whose table has the form of one of the versions.</summary>
    private static byte[] Go(bool is64Bit, ByteOrder order, uint magic)
    {
        ExecutableBuilder builder = new(is64Bit, order);
        int word = is64Bit ? 8 : 4;
        bool isRelative = magic is 0xfffffff0 or 0xfffffff1;
        byte[] names = "main.main\0main.hat\0"u8.ToArray();
        int fields = magic switch { 0xfffffffb => 1, 0xfffffffa => 7, _ => 8 };
        int header = 8 + (fields * word), nameStart = header, functions = magic == 0xfffffffb ? header : header + names.Length;
        int entry = isRelative ? 4 : word;
        int tableSize = ((2 * 2) + 1) * entry, functionSize = entry + 4;
        int namePlace = magic == 0xfffffffb ? functions + tableSize + (2 * functionSize) : nameStart;
        int function(int i) => (magic == 0xfffffffb ? functions : 0) + tableSize + (i * functionSize);
        byte[] number(ulong value) => isRelative ? builder.U32((uint)value) : builder.Word(value);
        ulong code = isRelative ? 0 : Code;
        List<byte> table = [.. builder.U32(magic), 0, 0, 1, (byte)word, .. builder.Word(2)];
        if (magic == 0xfffffffa) table.AddRange([.. builder.Word(0), .. builder.Word((ulong)nameStart), .. builder.Word(0), .. builder.Word(0), .. builder.Word(0), .. builder.Word((ulong)functions)]);
        if (isRelative)
            table.AddRange([.. builder.Word(0), .. builder.Word(Code), .. builder.Word((ulong)nameStart), .. builder.Word(0), .. builder.Word(0), .. builder.Word(0), .. builder.Word((ulong)functions)]);
        if (magic != 0xfffffffb) table.AddRange(names);
        for (int i = 0; i < 2; i++) table.AddRange([.. number(code + ((ulong)i * 8)), .. number((ulong)function(i))]);
        table.AddRange(number(code + 16));
        for (int i = 0; i < 2; i++)
            table.AddRange([.. number(code + ((ulong)i * 8)), .. builder.U32((uint)((magic == 0xfffffffb ? namePlace : 0) + (i * 10)))]);
        if (magic == 0xfffffffb) table.AddRange(names);
        return builder.Section(".gopclntab", [.. table]).Section(".go.buildinfo", Encoding.ASCII.GetBytes("\0 Go buildinf:")).Build(Instructions);
    }
}
