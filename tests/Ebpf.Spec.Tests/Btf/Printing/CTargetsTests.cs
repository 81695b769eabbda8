using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>What is written as C means the same to compilers for every target.</summary>
public sealed partial class CTargetsTests
{
    private const int Structs = 400;

    public static TheoryData<string> Targets => ["bpfel", "x86_64-linux-gnu", "aarch64-linux-gnu"];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Write_RandomStructs_HaveTheirLayouts(string target)
    {
        Clang.SkipUnlessThere(target);
        List<string> wrong = [];
        for (int seed = 1; seed <= 3; seed++)
        {
            BtfSpec types = new RandomStructs(seed).Build(Structs);
            StringBuilder source = new(Header(types));
            foreach (StructType type in types.All.OfType<StructType>())
                source.Append(CultureInfo.InvariantCulture, $"_Static_assert(sizeof(struct {type.Name}) == {type.Size}, \"\");\n");
            Dictionary<string, List<string>> layouts = Parse(Clang.Layouts(source.ToString(), target));
            foreach (StructType type in types.All.OfType<StructType>())
            {
                IEnumerable<string> expected = type.Members.Select(member => string.Create(
                    CultureInfo.InvariantCulture, $"{member.Name} at {member.BitOffset}, {member.BitSize}"));
                if (!layouts[type.Name].SequenceEqual(expected)) wrong.Add($"seed {seed}: {type.ToC()}: {string.Join("; ", layouts[type.Name])}");
            }
        }

        Assert.Empty(wrong.Take(5));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Write_NamesThatCompilersReserve_Compiles(string target)
    {
        Clang.SkipUnlessThere(target);
        BtfSpec types = Reserved();

        string header = Header(types);

        Assert.Equal("", Clang.Layouts(header, target));
        Assert.Contains("\tint linux;\n", header, StringComparison.Ordinal);
        Assert.Contains("\tint unix;\n", header, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_BitFieldWithoutAName_IsAHole()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        uint wide = blob.Int("long", 8, 1);
        blob.Composite(BtfKind.Struct, "s", 12, true, ("a", number, 0), ("", wide, (64u << 24) | 32));
        blob.Composite(BtfKind.Union, "u", 4, true, ("a", number, 0), ("", wide, 3u << 24));
        BtfSpec types = blob.Parse();

        Assert.Equal("struct s {\n\tint a;\n\tint: 32;\n\tint: 32;\n};", types.Get<StructType>("s").ToC());
        Assert.Equal("union u {\n\tint a;\n};", types.Get<UnionType>("u").ToC());
    }

    [Fact]
    public void Write_LargestAndSmallestValues_AreWhatTheyAre()
    {
        BtfBlob blob = new();
        blob.Enum64("unsigned_values", false, ("U_HALF", 1ul << 63), ("U_MOST", ulong.MaxValue));
        blob.Enum64("signed_values", true, ("S_LEAST", 1ul << 63), ("S_MOST", long.MaxValue));
        blob.Enum("int_values", true, ("I_LEAST", int.MinValue), ("I_MOST", int.MaxValue));
        blob.Enum("uint_values", false, ("UI_MOST", -1));
        BtfSpec types = blob.Parse();

        string checks = Header(types)
            + "_Static_assert(U_HALF == 1ULL << 63 && U_MOST == -1ULL && S_LEAST == -0x7fffffffffffffffLL - 1 && S_MOST == 0x7fffffffffffffffLL, \"\");\n"
            + "_Static_assert(I_LEAST == -0x7fffffff - 1 && I_MOST == 0x7fffffff && UI_MOST == 0xffffffffu, \"\");\n";

        Clang.SkipUnlessThere();
        Assert.Equal("", Clang.Layouts(checks, "bpfel"));
    }

    private static BtfSpec Reserved()
    {
        string[] names =
        [
            "asm", "typeof", "_Complex", "_Nonnull", "_Nullable_result", "_Float16", "_Countof", "_Decimal64", "_Pragma", "_LP64",
            "__func__", "__FUNCTION__", "__PRETTY_FUNCTION__", "__real", "__imag__", "__thread", "__ptrauth", "__cdecl", "__vectorcall",
            "__builtin_offsetof", "__builtin_LINE", "__builtin_types_compatible_p", "__builtin_ptrauth_type_discriminator", "__label__",
            "__arm_in", "__arm_streaming_compatible", "__arm_agnostic", "__seg_fs", "__is_target_variant_environment", "__is_identifier",
            "__has_include", "__has_builtin", "__clang__", "__clang_major__", "__llvm__", "__bpf__", "__BPF__", "__BPF_FEATURE_ALU32",
            "__BPF_CPU_VERSION__", "__LINE__", "__FILE__", "__ATOMIC_SEQ_CST", "__GCC_ATOMIC_TEST_AND_SET_TRUEVAL", "__FPCLASS_SNAN",
            "__MEMORY_SCOPE_DEVICE", "__OPENCL_MEMORY_SCOPE_DEVICE", "__GXX_ABI_VERSION", "__OBJC_BOOL_IS_BOOL", "__VA_OPT__",
            "__PRAGMA_REDEFINE_EXTNAME", "__NO_MATH_INLINES", "__FP_FAST_FMA", "__ARM_ARCH", "__SEG_GS", "__x86_64__", "__aarch64__",
            "__linux__", "__unix__", "__gnu_linux__", "__pic__", "__PIC__", "__FUNCTION_MULTI_VERSIONING_SUPPORT_LEVEL", "linux", "unix",
            "__int128_t", "__uint128_t", "__NSConstantString", "__Int8x16_t", "__SVBool_t", "__Poly64x2_t", "__mfp8", "__typeof_unqual__",
            "__clang_svint8x2_t", "__builtin_va_list", "__arglist", "bit_field", "__alignof", "__volatile", "__signed__", "__objc_yes",
        ];
        BtfBlob blob = new();
        uint number = blob.Int("int", 4, 1);
        for (int i = 0; i < names.Length; i++)
        {
            blob.Struct($"with_member_{i}", 4, (names[i], number, 0));
            blob.Struct(names[i], 4, ("a", number, 0));
            blob.Typedef(names[i], blob.Pointer(blob.Prototype(0, (names[i], number))));
        }

        blob.Enum("values", true, [.. names.Select(name => (name + "", 1))]);
        return blob.Parse();
    }

    private static string Header(BtfSpec types)
    {
        using StringWriter header = new();
        CWriter writer = new(types, new CWriterOptions { PreserveAccessIndex = false });
        writer.AddAll();
        writer.Write(header);
        return header.ToString();
    }

    /// <summary>The named members of each structure, from what clang prints: "4:0-2 |   unsigned int b".</summary>
    private static Dictionary<string, List<string>> Parse(string text)
    {
        Dictionary<string, List<string>> layouts = [];
        List<string>? members = null;
        foreach (string line in text.Split('\n'))
        {
            Match match = Line().Match(line);
            if (!match.Success) continue;
            uint offset = uint.Parse(match.Groups["byte"].Value, CultureInfo.InvariantCulture) * 8;
            if (match.Groups["depth"].Length == 1)
            {
                members = layouts[match.Groups["text"].Value["struct ".Length..]] = [];
                continue;
            }

            // Deeper are the members of members.
            string name = match.Groups["text"].Value.Split(' ')[^1];
            if (match.Groups["depth"].Length != 3 || !name.StartsWith('m')) continue;
            uint bits = 0;
            if (match.Groups["first"].Success)
            {
                uint first = uint.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture);
                bits = uint.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture) - first + 1;
                offset += first;
            }

            members!.Add(string.Create(CultureInfo.InvariantCulture, $"{name} at {offset}, {bits}"));
        }

        return layouts;
    }

    [GeneratedRegex(@"^\s*(?<byte>\d+)(?::(?<first>\d+)-(?<last>\d+))? \|(?<depth> +)(?<text>\S.*)$")]
    private static partial Regex Line();

    /// <summary>Structures with members, bit fields and holes at random, packed or not; some hold others.</summary>
    private sealed class RandomStructs
    {
        private readonly BtfBlob _blob = new();
        private readonly Random _random;
        private readonly List<(uint Id, uint Size, uint Alignment)> _scalars = [];
        private readonly List<(uint Id, uint Size, uint Alignment)> _all;

        public RandomStructs(int seed)
        {
            _random = new Random(seed);
            foreach ((string name, uint size) in new[] { ("char", 1u), ("short", 2u), ("int", 4u), ("long", 8u), ("unsigned int", 4u) })
                _scalars.Add((_blob.Int(name, size, 1), size, size));
            _all = [.. _scalars, (_blob.Pointer(_scalars[0].Id), 8, 8)];
            uint index = _scalars[2].Id;
            foreach ((uint id, uint size, uint alignment) in _scalars.ToArray()) _all.Add((_blob.Array(id, index, 3), size * 3, alignment));
        }

        public BtfSpec Build(int count)
        {
            for (int i = 0; i < count; i++) Add(i);
            return _blob.Parse();
        }

        private void Add(int index)
        {
            bool packed = _random.Next(4) == 0;
            bool hasHoles = _random.Next(2) == 0;
            bool hasBits = _random.Next(3) > 0;
            List<(string, uint, uint)> members = [];
            uint at = 0, alignment = 1;
            for (int i = _random.Next(1, 7); i > 0; i--)
            {
                if (hasHoles && _random.Next(3) == 0) at += (uint)(hasBits ? _random.Next(1, 100) : 8 * _random.Next(1, 20));
                bool isBits = hasBits && _random.Next(2) == 0;
                (uint id, uint size, uint own) = isBits ? _scalars[_random.Next(_scalars.Count)] : _all[_random.Next(_all.Count)];
                uint bits = isBits ? (uint)_random.Next(1, (int)size * 8 + 1) : 0;
                if (isBits)
                {
                    uint unit = size * 8;
                    if (!packed && at / unit != (at + bits - 1) / unit) at = (at + unit - 1) / unit * unit;
                }
                else
                {
                    uint unit = packed ? 8 : own * 8;
                    at = (at + unit - 1) / unit * unit;
                }

                members.Add(($"m{members.Count}", id, (bits << 24) | at));
                at += isBits ? bits : size * 8;
                alignment = Math.Max(alignment, own);
            }

            if (packed) alignment = 1;
            uint total = (at + (8 * alignment) - 1) / (8 * alignment) * alignment;
            if (_random.Next(4) == 0) total += alignment * (uint)_random.Next(1, 5);
            uint made = _blob.Composite(BtfKind.Struct, $"s{index}", total, true, [.. members]);
            if (_random.Next(4) == 0) _all.Add((made, total, alignment));
        }
    }
}
