using System.Buffers.Binary;
using System.Text;
using Ebpf.Executables;
using Ebpf.TestData;
using Ebpf.Usdt;

namespace Ebpf.Fuzz.Targets;

/// <summary>
/// USDT notes and the descriptions of arguments in them. An input is a byte that chooses machine and byte order, and the section
/// <c>.note.stapsdt</c>; the rest of the file is written around it.
/// </summary>
internal sealed class UsdtNotesTarget : FuzzTarget
{
    private const ulong CodeAddress = 0x401000, DataAddress = 0x402000;
    private const int HeaderSize = 64, SegmentSize = 56, SectionSize = 64, SymbolSize = 24, PageSize = 0x100;

    private static readonly (ElfMachine Machine, string[] Arguments)[] Machines =
    [
        (ElfMachine.X86_64, ["8@%rax -4@%edi 1@%ah", "-4@-20(%rbp) 8@(%rax,%rcx,8) 1@8(,%rbx,2)", "4@one+4(%rip) 8@$one 8f@%xmm0", "$-5 %edi (%rsi)"]),
        (ElfMachine.AArch64, ["8@x0 -4@[sp, 96] 4@w1", "8@[x0, x1, lsl 3] 8@[x1, #:lo12:one] -4@5"]),
        (ElfMachine.RiscV, ["8@a1 -8@-88(s0) 4@5", "4@%lo(one)(a5) 8@zero"]),
        (ElfMachine.S390, ["8@%r2 -2@-28(%r15) 4@71", "8@160(%r1,%r15) 8@%f2"]),
        (ElfMachine.PowerPc64, ["8@3"]),
    ];

    private static readonly UsdtLayout[] Layouts = [.. new[] { "usdt", "usdt_indexed" }.Select(ReadLayout)];

    public override string Name => "usdt";

    public override IEnumerable<(string Name, byte[] Input)> Seeds()
    {
        for (int i = 0; i < Machines.Length; i++)
        {
            foreach (bool isBig in new[] { false, true })
            {
                List<byte> notes = [(byte)((i << 1) | (isBig ? 1 : 0))];
                foreach (string arguments in Machines[i].Arguments) AddNote(notes, arguments, isBig);
                yield return ($"{Machines[i].Machine}.{(isBig ? "eb" : "el")}", [.. notes]);
            }
        }
    }

    public override void Exercise(ReadOnlyMemory<byte> input, Budget budget)
    {
        if (input.IsEmpty) return;
        byte choice = input.Span[0];
        byte[] file = Wrap(input[1..], Machines[(choice >> 1) % Machines.Length].Machine, isBig: (choice & 1) != 0);
        UsdtProbeList? probes = budget.Run("Parse", () => UsdtProbeList.Parse(file));
        if (probes is null) return;
        foreach (UsdtProbe probe in probes)
        {
            budget.Run("ToString", probe.ToString);
            foreach (UsdtLayout layout in Layouts) budget.Run("Encode", () => layout.Encode(probe, 1, ByteOrder.LittleEndian).Length);
        }
    }

    public override void Mutate(Span<byte> input, Random random)
    {
        if (input.Length < 2) return;
        const string characters = "0123456789-+@%$()[],.#: fxr\0";
        if (random.Next(2) == 0) input[random.Next(1, input.Length)] = (byte)characters[random.Next(characters.Length)];
        else Mutation.WordMutator.Mutate(input[1..], random);
    }

    private static UsdtLayout ReadLayout(string name)
    {
        MapSpec map = CollectionSpec.Load(TestObject.Path(name)).Maps["__bpf_usdt_specs"];
        return UsdtLayout.TryRead(map.ValueType, map.ValueSize, out UsdtLayout? layout) ? layout : throw new InvalidOperationException(name);
    }

    private static void AddNote(List<byte> notes, string arguments, bool isBig)
    {
        byte[] texts = Encoding.UTF8.GetBytes($"app\0start\0{arguments}\0");
        Write(notes, 8, 4, isBig);
        Write(notes, 24 + (ulong)texts.Length, 4, isBig);
        Write(notes, 3, 4, isBig);
        notes.AddRange("stapsdt\0"u8);
        Write(notes, CodeAddress + 8, 8, isBig);
        Write(notes, DataAddress, 8, isBig);
        Write(notes, DataAddress + 2, 8, isBig);
        notes.AddRange(texts);
        while ((notes.Count - 1) % 4 != 0) notes.Add(0);
    }

    /// <summary>A program with code, data, two symbols and the notes.</summary>
    private static byte[] Wrap(ReadOnlyMemory<byte> notes, ElfMachine machine, bool isBig)
    {
        ReadOnlySpan<byte> names = "\0.note.stapsdt\0.stapsdt.base\0.symtab\0.strtab\0"u8, symbolNames = "\0one\0two\0"u8;
        ulong segments = HeaderSize, code = 0x200, data = code + PageSize, symbols = data + PageSize;
        ulong symbolTexts = symbols + (4 * SymbolSize), texts = symbolTexts + (ulong)symbolNames.Length, section = texts + (ulong)names.Length;
        ulong table = section + (ulong)notes.Length;
        List<byte> file = [.. "\u007fELF"u8, 2, (byte)(isBig ? 2 : 1), 1, .. new byte[9]];
        Write(file, (ulong)ElfFileType.Executable, 2, isBig);
        Write(file, (ulong)machine, 2, isBig);
        Write(file, 1, 4, isBig);
        Write(file, CodeAddress, 8, isBig);
        Write(file, segments, 8, isBig);
        Write(file, table, 8, isBig);
        Write(file, 0, 4, isBig);
        foreach (ulong number in (ReadOnlySpan<ulong>)[HeaderSize, SegmentSize, 2, SectionSize, 6, 5]) Write(file, number, 2, isBig);
        foreach ((ulong flags, ulong offset, ulong address) in new[] { (5ul, code, CodeAddress), (6ul, data, DataAddress) })
        {
            Write(file, 1, 4, isBig);
            Write(file, flags, 4, isBig);
            foreach (ulong number in (ReadOnlySpan<ulong>)[offset, address, address, PageSize, PageSize, 1]) Write(file, number, 8, isBig);
        }

        file.AddRange(new byte[(int)symbols - file.Count]);
        file.AddRange(new byte[SymbolSize]);
        foreach ((ulong name, ulong address) in new[] { (1ul, DataAddress), (5ul, DataAddress), (5ul, DataAddress + 4) })
        {
            Write(file, name, 4, isBig);
            file.AddRange([1, 0]);
            Write(file, 1, 2, isBig);
            Write(file, address, 8, isBig);
            Write(file, 4, 8, isBig);
        }

        file.AddRange(symbolNames);
        file.AddRange(names);
        file.AddRange(notes.Span);
        file.AddRange(new byte[SectionSize]);
        AddSection(1, 7, 0, section, (ulong)notes.Length, 0);
        AddSection(15, 1, DataAddress, data, 1, 0);
        AddSection(29, 2, 0, symbols, 4 * SymbolSize, 4);
        AddSection(37, 3, 0, symbolTexts, (ulong)symbolNames.Length, 0);
        AddSection(37, 3, 0, texts, (ulong)names.Length, 0);
        return [.. file];

        void AddSection(ulong name, ulong type, ulong address, ulong offset, ulong size, ulong link)
        {
            Write(file, name, 4, isBig);
            Write(file, type, 4, isBig);
            foreach (ulong number in (ReadOnlySpan<ulong>)[0, address, offset, size]) Write(file, number, 8, isBig);
            Write(file, link, 4, isBig);
            Write(file, 0, 4, isBig);
            Write(file, 1, 8, isBig);
            Write(file, type == 2 ? SymbolSize : 0ul, 8, isBig);
        }
    }

    private static void Write(List<byte> bytes, ulong value, int size, bool isBig)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        if (isBig) BinaryPrimitives.WriteUInt64BigEndian(word, value << (64 - (size * 8)));
        else BinaryPrimitives.WriteUInt64LittleEndian(word, value);
        bytes.AddRange(word[..size]);
    }
}
