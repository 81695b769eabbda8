using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>What single types look like in C.</summary>
public sealed class CWriterTests
{
    private static readonly BtfSpec Types = CollectionSpec.Load(TestObject.Path("c_types")).Types!;

    private static void Is(string name, string expected) =>
        Assert.Equal(expected, Types.Named(name).First(type => type is not ForwardType).ToC());

    [Fact]
    public void Struct_IsPackedOnlyWhereAMemberIsOutOfPlace()
    {
        Is("packed_members", "struct packed_members {\n\tchar a;\n\tlong b;\n\tshort c;\n} __attribute__((packed));");
        Is("packed_inside", "struct packed_inside {\n\tchar a;\n\tstruct packed_members b;\n\tint c;\n};");
        Is("packed_union", "union packed_union {\n\tint a;\n\tchar b[5];\n} __attribute__((packed));");
        Is("low_alignment", "struct low_alignment {\n\tint a;\n\tu64 b;\n\tint c;\n} __attribute__((packed));");
    }

    [Fact]
    public void Struct_WithHoles_IsPaddedWithBitFieldsThatHaveNoName()
    {
        string twenty = string.Concat(Enumerable.Repeat("\tint: 32;\n", 6));
        Is(
            "aligned_member",
            $"struct aligned_member {{\n\tchar a;\n\tchar: 8;\n\tshort: 16;\n\tint: 32;\n{twenty}\tint b;\n\tchar c;\n"
            + $"\tchar: 8;\n\tshort: 16;\n{twenty}}};");
        Is("aligned_whole", "struct aligned_whole {\n\tint a;\n\tint: 32;\n\tint: 32;\n\tint: 32;\n};");
    }

    [Fact]
    public void Union_LargerThanItsMembers_IsAligned() =>
        Is("aligned_union", "union aligned_union {\n\tint a;\n\tchar b[5];\n} __attribute__((aligned(32)));");

    [Fact]
    public void BitFields_KeepTheirPlaces()
    {
        Is(
            "bits",
            "struct bits {\n\tunsigned int a: 3;\n\tchar: 5;\n\tunsigned int b: 7;\n\tchar: 1;\n\tshort: 16;\n\tint c: 9;\n"
            + "\tchar: 7;\n\tshort: 16;\n\tu64 d: 40;\n\tu8 e: 2;\n\t_Bool f: 1;\n\tshort g;\n};");
        Is(
            "packed_bits",
            "struct packed_bits {\n\tunsigned int a: 30;\n\tunsigned int b: 7;\n\tu64 c: 60;\n\tshort d;\n}"
            + " __attribute__((packed));");
        Is("wide_bits", "struct wide_bits {\n\tu64 a: 1;\n\tu64 b: 63;\n\tu64 c: 64;\n\tu32 d: 32;\n};");
    }

    [Fact]
    public void TypesWithoutNames_AreWrittenWhereTheyAreUsed() =>
        Is(
            "anonymous",
            "struct anonymous {\n\tunion {\n\t\tstruct {\n\t\t\tint a;\n\t\t\tlong b;\n\t\t};\n\t\tu8 bytes[16];\n\t};\n"
            + "\tstruct {\n\t\tenum {\n\t\t\tINNER_A = 0,\n\t\t\tINNER_B = 5,\n\t\t} kind;\n\t} named;\n"
            + "\tstruct {\n\t\tint x;\n\t} many[3];\n};");

    [Fact]
    public void ArraysWithoutALength_HaveLengthZero()
    {
        Is("flexible", "struct flexible {\n\tint n;\n\tstruct {\n\t\tint x;\n\t} tail[0];\n};");
        Is("zero_in_the_middle", "struct zero_in_the_middle {\n\tint a;\n\tlong b[0];\n\tint c;\n};");
        Is("empty", "struct empty {};");
    }

    [Fact]
    public void Enums_HaveTheirValuesAndSizes()
    {
        Is("negative", "enum negative {\n\tNEGATIVE = -5,\n\tPOSITIVE = 5,\n};");
        Is("large", "enum large {\n\tLARGE = 4294967295,\n};");
        Is("huge", "enum huge {\n\tHUGE_A = 1ULL,\n\tHUGE_B = 18446744073709551615ULL,\n};");
        Is("lowest", "enum lowest {\n\tLOWEST = (-9223372036854775807LL - 1),\n\tHIGHEST = 9223372036854775807LL,\n};");
        Is("tiny", "enum tiny {\n\tTINY = 0,\n} __attribute__((mode(QI)));");
        Is("not_known", "enum not_known;");
        Assert.EndsWith("} __attribute__((mode(DI)));", Types.Get<EnumType>("wide").ToC(), StringComparison.Ordinal);
    }

    [Fact]
    public void Declarations_PutEverythingOnItsSideOfTheName() =>
        Is(
            "pointers",
            """
            struct pointers {
            	const char *text;
            	char *const fixed;
            	const char *const *both;
            	volatile u32 *restrict reg;
            	int (*function)(struct later *, const char *, ...);
            	void (*functions[4])(void);
            	int (*array)[3];
            	int *array_of_pointers[3];
            	int matrix[2][3];
            	const int constants[2];
            	const char *const names[2];
            	void *(*(*returns)(int))(long);
            	struct pointers *next;
            	const struct later **later;
            	void (*takes)(int (*)(struct later *), u8 *);
            };
            """);

    [Fact]
    public void OtherTypes_AreWhatCCallsThem()
    {
        Is("keep_function", "int keep_function(struct later *first, const char *second);");
        Is("keep_tagged", "struct tagged keep_tagged;");
        Is("visitors", "typedef struct {\n\tvisit_fn visit;\n} visitors[2];");
        Assert.Equal("const char *", Types.Get<StructType>("pointers").Members[0].Type.ToC());
        Assert.Equal("void", VoidType.Instance.ToC());
        Assert.Throws<NotSupportedException>(() => Types.Get<DataSectionType>(".bss").ToC());
    }

    [Fact]
    public void TypeTags_StandAtWhatIsPointedAt() =>
        Assert.StartsWith(
            "struct tagged {\n\tint __attribute__((btf_type_tag(\"user\"))) *pointer;\n"
            + "\tint __attribute__((btf_type_tag(\"user\"))) * __attribute__((btf_type_tag(\"user\"))) *pointers;\n",
            Types.Get<StructType>("tagged").ToC(),
            StringComparison.Ordinal);

    [Fact]
    public void DeclarationTags_AreWrittenWhenAskedFor()
    {
        using StringWriter writer = new();
        CWriterOptions options = new() { HeaderGuard = "", PreserveAccessIndex = false, DeclarationTags = true, TypeTags = false };
        CWriter c = new(Types, options);
        c.Add(Types.Get<StructType>("tagged"));
        c.Add(Types.Get<TypedefType>("tagged_int"));
        c.Write(writer);

        Assert.Equal(
            "struct tagged {\n\tint *pointer;\n\tint **pointers;\n"
            + "\tint counter __attribute__((btf_decl_tag(\"a \\042quoted\\042 tag\")));\n} __attribute__((btf_decl_tag(\"whole\")));\n\n"
            + "typedef int tagged_int __attribute__((btf_decl_tag(\"typedef\")));\n\n",
            writer.ToString());
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian)]
    [InlineData(ByteOrder.BigEndian)]
    public void Write_AllTypes_CompilesToTheSameLayouts(ByteOrder order)
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("c_types", order)).Types!;
        using StringWriter header = new();
        CWriter writer = new(types);
        writer.AddAll();
        writer.Write(header);
        BtfType[] kept = [.. types.All.OfType<VariableType>()];
        string source = header + string.Concat(kept.Select(variable => variable.ToC() + "\n"));

        BtfSpec compiled = Clang.CompileTypes(source, order, "-Wno-gnu-variable-sized-type-not-at-end");

        LayoutComparison comparison = new();
        foreach (VariableType variable in kept.Cast<VariableType>())
            comparison.Compare(variable.Type, compiled.Get<VariableType>(variable.Name).Type);
        Assert.Empty(comparison.Differences);
        Assert.InRange(comparison.Members, 80, 1000);
    }
}
