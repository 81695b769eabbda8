using System.Globalization;
using System.Text;
using Ebpf.Btf;
using Ebpf.Common;
using Ebpf.Elf;

namespace Ebpf.Object.Reading;

/// <summary>An ELF object whose sections have been given their roles, with its types.</summary>
internal sealed class ObjectFile
{
    /// <summary>What is wrong with a map that another object defines.</summary>
    public const string MapNotDefined =
        "the map is declared but not defined in this object: link it with the one that defines it (bpftool gen object)";

    /// <summary>What is wrong with a variable that another object defines.</summary>
    public const string VariableNotDefined =
        "the variable is declared but not defined in this object: link it with the one that defines it (bpftool gen object); one of the "
        + "kernel's is declared with __ksym or __kconfig";

    /// <summary>What is wrong with a common symbol.</summary>
    public const string IsCommon = "a common symbol has no place in the object: give the variable a value, or compile with -fno-common";

    private static readonly Dictionary<int, string> NoOwnNames = [];

    private readonly SectionRole[] _roles;
    private readonly int[] _relocationSections;
    private readonly List<string> _warnings = [];
    private Dictionary<int, string>? _ownNames;

    public ObjectFile(ReadOnlyMemory<byte> image)
    {
        Elf = new ElfFile(image);
        _roles = new SectionRole[Elf.SectionCount];
        _relocationSections = new int[Elf.SectionCount];
        ElfSection symbols = default, btf = default, btfExtensions = default;
        bool hasSymbols = false;
        for (int i = 1; i < Elf.SectionCount; i++)
        {
            ElfSection section = Elf.Section(i);
            switch (section.Type)
            {
                case ElfSectionType.SymbolTable:
                    if (hasSymbols) throw new ObjectFormatException("there are two symbol tables", Elf.SectionName(section));
                    hasSymbols = true;
                    symbols = section;
                    break;
                case ElfSectionType.Relocation:
                    if (section.Info < (uint)Elf.SectionCount) _relocationSections[section.Info] = i;
                    break;
                case ElfSectionType.ProgramBits or ElfSectionType.NoBits:
                    _roles[i] = Classify(section, ref btf, ref btfExtensions);
                    break;
            }
        }

        if (!hasSymbols) throw new ObjectFormatException("there is no symbol table: was the object stripped of its symbols?");
        Symbols = Elf.Symbols(symbols);
        DataSections = btf.Index == 0 ? new DataSectionTypes(Elf.SectionCount) : TypeCompletion.Complete(this, Elf.Data(btf));
        if (btfExtensions.Index != 0 && Types is not null)
            Extensions = BtfExtensions.Parse(Elf.Data(btfExtensions), Types);
    }

    public ElfFile Elf { get; }

    public ElfSymbolTable Symbols { get; }

    /// <summary>The types; <c>null</c> for an object without BTF.</summary>
    public BtfSpec? Types => DataSections.All;

    /// <summary>What <see cref="Types"/> say of sections.</summary>
    public DataSectionTypes DataSections { get; }

    /// <summary>Functions, lines and CO-RE relocations; <c>null</c> for an object without <c>.BTF.ext</c>.</summary>
    public BtfExtensions? Extensions { get; }

    /// <summary>The licence that goes with every program; empty when there is none.</summary>
    public string License { get; private set; } = "";

    /// <summary>The kernel version that the object was compiled for (<c>version</c> section); 0 when it does not say.</summary>
    public uint KernelVersion { get; private set; }

    /// <summary>What was left out of what the object holds, at most <see cref="Limits.MaxWarnings"/> sentences.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Notes that something is left out.</summary>
    public void Warn(string warning)
    {
        if (_warnings.Count < Limits.MaxWarnings) _warnings.Add(warning);
    }

    public SectionRole Role(int section) => section < 0 ? SectionRole.Other : _roles[section];

    /// <summary>The relocations against <paramref name="section"/>; none if there are none.</summary>
    public ElfRelocationTable Relocations(int section)
    {
        int index = _relocationSections[section];
        return index == 0 ? default : Elf.Relocations(Elf.Section(index));
    }

    /// <summary>
    /// The name of a section of variables among those that are not empty: its own where it is the first of the name, else one with a
    /// number behind it that no other section has. Clang makes two sections <c>.rodata</c> where a source puts a variable into one by hand.
    /// </summary>
    public string OwnName(int section) =>
        (_ownNames ??= FindOwnNames()).TryGetValue(section, out string? name) ? name : Elf.SectionName(section);

    private Dictionary<int, string> FindOwnNames()
    {
        List<int> sections = [];
        for (int i = 1; i < _roles.Length; i++)
        {
            if (Holds(_roles[i]) && Elf.Section(i).Size != 0) sections.Add(i);
        }

        if (sections.Count <= 1) return NoOwnNames;
        HashSet<string> taken = new(sections.Count, StringComparer.Ordinal);
        List<int> others = sections.FindAll(section => !taken.Add(Elf.SectionName(section)));
        return others.Count == 0 ? NoOwnNames : MakeOwnNames(others);
    }

    private Dictionary<int, string> MakeOwnNames(List<int> sections)
    {
        Dictionary<int, string> found = [];
        HashSet<string> all = new(StringComparer.Ordinal);
        Dictionary<string, int> last = new(StringComparer.Ordinal);
        for (int i = 1; i < Elf.SectionCount; i++) all.Add(Elf.SectionName(i));
        foreach (int section in sections)
        {
            string plain = Elf.SectionName(section), name;
            do
            {
                int number = last[plain] = last.GetValueOrDefault(plain, 1) + 1;
                name = string.Create(CultureInfo.InvariantCulture, $"{plain}.{number}");
            }
            while (!all.Add(name));
            found.Add(section, name);
        }

        return found;
    }

    private static bool Holds(SectionRole role) =>
        role is SectionRole.Maps or SectionRole.Data or SectionRole.ReadOnlyData or SectionRole.ArenaData or SectionRole.StructOps;

    private SectionRole Classify(in ElfSection section, ref ElfSection btf, ref ElfSection btfExtensions)
    {
        ReadOnlySpan<byte> name = Elf.SectionNameUtf8(section);
        if (section.IsCode) return SectionRole.Code;
        if (name.SequenceEqual("license"u8)) License = ReadLicense(section);
        else if (name.SequenceEqual("version"u8)) KernelVersion = ReadVersion(section);
        else if (name.SequenceEqual(".BTF"u8)) btf = section;
        else if (name.SequenceEqual(".BTF.ext"u8)) btfExtensions = section;
        else if (name.SequenceEqual(".maps"u8)) return SectionRole.Maps;
        else if (name.SequenceEqual("maps"u8) || name.StartsWith("maps/"u8)) return SectionRole.LegacyMaps;
        else if (IsOrBeginsWith(name, ".rodata"u8)) return SectionRole.ReadOnlyData;
        else if (IsOrBeginsWith(name, ".data"u8) || IsOrBeginsWith(name, ".bss"u8)) return SectionRole.Data;
        else if (name.SequenceEqual(".addr_space.1"u8)) return SectionRole.ArenaData;
        else if (name.SequenceEqual(".jumptables"u8)) return SectionRole.JumpTables;
        else if (IsStructOps(name)) return SectionRole.StructOps;
        return SectionRole.Other;
    }

    private static bool IsStructOps(ReadOnlySpan<byte> name)
    {
        if (name is [(byte)'?', ..]) name = name[1..];
        return name.SequenceEqual(".struct_ops"u8) || name.SequenceEqual(".struct_ops.link"u8);
    }

    private static bool IsOrBeginsWith(ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix) =>
        name.StartsWith(prefix) && (name.Length == prefix.Length || name[prefix.Length] == '.');

    private string ReadLicense(in ElfSection section) =>
        Encoding.UTF8.GetString(Elf.Data(section).Span.TrimEnd((byte)0));

    private uint ReadVersion(in ElfSection section)
    {
        ReadOnlySpan<byte> data = Elf.Data(section).Span;
        if (data.Length != sizeof(uint))
            throw new ObjectFormatException($"{data.Length} bytes: a version is a 32-bit number", "version");
        return data.U32(0, Elf.ByteOrder.NeedsSwap());
    }
}

/// <summary>What a loader does with a section.</summary>
internal enum SectionRole : byte
{
    /// <summary>Debug information, string tables and the like: ignored.</summary>
    Other,

    /// <summary>Functions.</summary>
    Code,

    /// <summary>Map definitions described by BTF (<c>.maps</c>).</summary>
    Maps,

    /// <summary>Map definitions as plain structs (<c>maps</c>), which libbpf gave up in 1.0.</summary>
    LegacyMaps,

    /// <summary>Variables: <c>.data*</c>, <c>.bss*</c>.</summary>
    Data,

    /// <summary>Constants: <c>.rodata*</c>.</summary>
    ReadOnlyData,

    /// <summary>Variables in an arena (<c>.addr_space.1</c>).</summary>
    ArenaData,

    /// <summary>Tables of places in functions (<c>.jumptables</c>).</summary>
    JumpTables,

    /// <summary>struct_ops maps (<c>.struct_ops*</c>).</summary>
    StructOps,
}
