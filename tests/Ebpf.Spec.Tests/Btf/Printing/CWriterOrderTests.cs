using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>What is written, in which order, and under which names.</summary>
public sealed class CWriterOrderTests
{
    private static readonly CWriterOptions Bare = new() { HeaderGuard = "", PreserveAccessIndex = false };

    private readonly BtfBlob _blob = new();
    private readonly uint _int;

    public CWriterOrderTests() => _int = _blob.Int("int", 4, 1);

    private static string All(BtfSpec types, CWriterOptions? options = null)
    {
        using StringWriter writer = new();
        CWriter c = new(types, options ?? Bare);
        c.AddAll();
        c.Write(writer);
        return writer.ToString();
    }

    private static string Roots(BtfSpec types, CWriterOptions options, params BtfType[] roots)
    {
        using StringWriter writer = new();
        CWriter c = new(types, options);
        foreach (BtfType root in roots) c.Add(root);
        c.Write(writer);
        return writer.ToString();
    }

    [Fact]
    public void Write_OneType_BringsWhatItNeedsFirst()
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("c_types")).Types!;

        string text = Roots(types, Bare, types.Get<StructType>("tree"));

        Assert.Equal(
            "typedef struct node *node_ptr;\n\n"
            + "struct tree;\n\n"
            + "typedef int (*visit_fn)(node_ptr, struct tree *);\n\n"
            + "typedef struct {\n\tvisit_fn visit;\n} visitors[2];\n\n"
            + "struct node {\n\tnode_ptr next;\n\tvisit_fn visit;\n};\n\n"
            + "struct tree {\n\tvisitors visitors;\n\tstruct node root;\n};\n\n",
            text);
    }

    [Fact]
    public void Write_FollowPointers_DefinesWhatIsPointedAt()
    {
        uint far = _blob.Struct("far", 4, ("x", _int, 0));
        uint near = _blob.Struct("near", 8, ("far", _blob.Pointer(far), 0));
        BtfSpec types = _blob.Parse();

        Assert.Equal("struct near {\n\tstruct far *far;\n};\n\n", Roots(types, Bare, types[near]));
        Assert.Equal(
            "struct near {\n\tstruct far *far;\n};\n\nstruct far {\n\tint x;\n};\n\n",
            Roots(types, Bare with { FollowPointers = true }, types[near]));
    }

    [Fact]
    public void Write_TypeOfAnotherBtf_Throws()
    {
        BtfSpec types = _blob.Parse();
        BtfType other = _blob.Parse()[_int];

        Assert.Throws<ArgumentException>(() => Roots(types, Bare, other));
    }

    [Fact]
    public void WriteAll_BeginsAndEndsAsBpftoolDoes()
    {
        string text = All(_blob.Parse(), new CWriterOptions());

        Assert.Equal(
            """
            #ifndef __VMLINUX_H__
            #define __VMLINUX_H__

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
            #endif

            #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
            #pragma clang attribute pop
            #endif

            #endif /* __VMLINUX_H__ */

            """,
            text);
    }

    [Fact]
    public void Write_ToAStreamAndToAWriter_IsTheSame()
    {
        BtfSpec types = CollectionSpec.Load(TestObject.Path("c_types")).Types!;
        using MemoryStream stream = new();

        CWriter writer = new(types);
        writer.AddAll();
        writer.Write(stream);

        Assert.Equal(All(types, new CWriterOptions()), System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    [Fact]
    public void SameNames_AreNumberedInEachSpace()
    {
        _blob.Struct("s", 4, ("a", _int, 0));
        _blob.Struct("s", 4, ("b", _int, 0));
        _blob.Composite(BtfKind.Union, "s", 4, false, ("c", _int, 0));
        _blob.Struct("s___2", 4, ("d", _int, 0));
        _blob.Typedef("s", _int);
        _blob.Enum("", false, ("s", 1), ("t", 2));
        _blob.Typedef("t", _int);

        Assert.Equal(
            "struct s {\n\tint a;\n};\n\nstruct s___3 {\n\tint b;\n};\n\nunion s___4 {\n\tint c;\n};\n\nstruct s___2 {\n\tint d;\n};\n\n"
            + "typedef int s;\n\ntypedef int t___2;\n\nenum {\n\ts___2 = 1,\n\tt = 2,\n};\n\n",
            All(_blob.Parse()));
    }

    [Fact]
    public void NamesThatCDoesNotHave_AreChanged()
    {
        _blob.Struct("int", 4, ("while", _int, 0));
        uint generic = _blob.Struct("core::Option<u32>", 4, ("0", _int, 0));
        _blob.Typedef("__builtin_va_list", _blob.Pointer(generic));
        _blob.Struct("core__Option_u32_", 0);
        _blob.Struct("u", 4, ("a", _blob.Int("u32", 4), 0));

        Assert.Equal(
            "struct int___2 {\n\tint while___2;\n};\n\nstruct core__Option_u32____2 {\n\tint _0;\n};\n\n"
            + "typedef struct core__Option_u32____2 *__builtin_va_list___2;\n\nstruct core__Option_u32_ {};\n\n"
            + "struct u {\n\tunsigned int a;\n};\n\n",
            All(_blob.Parse()));
    }

    [Fact]
    public void ForwardDeclarations_AreTheTypesOfTheirNames()
    {
        uint sameKind = _blob.Add(BtfKind.Forward, "s", 0);
        uint otherKind = _blob.Add(BtfKind.Forward, "s", 0, flag: true);
        _blob.Struct("s", 4, ("a", _int, 0));
        uint prototype = _blob.Prototype(0, ("", _blob.Pointer(sameKind)), ("", _blob.Pointer(otherKind)));
        _blob.Typedef("f", _blob.Pointer(prototype));

        Assert.Equal(
            "struct s {\n\tint a;\n};\n\nstruct s;\n\nunion s___2;\n\ntypedef void (*f)(struct s *, union s___2 *);\n\n",
            All(_blob.Parse()));
    }

    [Fact]
    public void WordsOfC23_AreLeftToIt()
    {
        _blob.Typedef("bool", _blob.Int("_Bool", 1, 4));
        _blob.Enum("", false, ("false", 0), ("true", 1));

        Assert.Equal(
            "#if __STDC_VERSION__ < 202311L\ntypedef _Bool bool;\n#endif\n\n"
            + "#if __STDC_VERSION__ < 202311L\nenum {\n\tfalse = 0,\n\ttrue = 1,\n};\n#endif\n\n",
            All(_blob.Parse()));
    }

    [Fact]
    public void EnumWithoutAName_IsDefinedWhereItIsUsedFirst()
    {
        uint values = _blob.Enum("", true, ("A", -1));
        _blob.Struct("first", 4, ("a", values, 0));
        _blob.Struct("second", 4, ("b", values, 0));
        _blob.Enum("", false, ("LOOSE", 3));

        Assert.Equal(
            "struct first {\n\tenum {\n\t\tA = -1,\n\t} a;\n};\n\nstruct second {\n\tint b;\n};\n\nenum {\n\tLOOSE = 3,\n};\n\n",
            All(_blob.Parse()));
    }

    [Fact]
    public void MemberWithoutAName_OfATypeWithOne_IsWrittenOut()
    {
        uint inner = _blob.Struct("inner", 4, ("x", _int, 0));
        uint outer = _blob.Struct("outer", 8, ("", inner, 0), ("y", _int, 32));
        BtfSpec types = _blob.Parse();

        Assert.Equal("struct outer {\n\tstruct {\n\t\tint x;\n\t};\n\tint y;\n};", types[outer].ToC());
    }

    [Fact]
    public void NumbersThatBpfLacks_HaveTheirSizeAndAlignment()
    {
        uint extended = _blob.Add(BtfKind.Float, "long double", 16);
        _blob.Struct("s", 32, ("a", _int, 0), ("b", extended, 128));

        string text = All(_blob.Parse());

        Assert.Equal(
            "#ifdef __bpf__\ntypedef struct { unsigned __int128 bits[1]; } long_double;\n#else\n"
            + "typedef long double long_double;\n#endif\n\nstruct s {\n\tint a;\n\tlong_double b;\n};\n\n",
            text);
        Assert.Equal(32u, Clang.CompileTypes(text + "struct s keep;").Get<StructType>("s").Size);
    }

    [Fact]
    public void MembersOutOfOrder_AreSorted()
    {
        uint id = _blob.Struct("s", 8, ("second", _int, 32), ("nothing", _blob.Array(_int, _int, 0), 0), ("first", _int, 0));

        Assert.Equal("struct s {\n\tint nothing[0];\n\tint first;\n\tint second;\n};", _blob.Parse()[id].ToC());
    }

    [Fact]
    public void Kfuncs_AreDeclaredWithTheirParameters()
    {
        uint task = _blob.Struct("task", 4, ("pid", _int, 0));
        uint function = _blob.Function("bpf_take", _blob.Prototype(_int, ("t", _blob.Pointer(task)), ("int", _int)), FunctionLinkage.Static);
        _blob.Function("other", _blob.Prototype(0), FunctionLinkage.Static);
        _blob.DeclTag("bpf_kfunc", function);
        _blob.DeclTag("bpf_fastcall", function);
        _blob.Typedef("bpf_take", _int);

        string text = All(_blob.Parse());

        Assert.Contains("\nextern __bpf_fastcall int bpf_take(struct task *t, int) __weak __ksym;\n#endif", text, StringComparison.Ordinal);
        Assert.Contains("typedef int bpf_take___2;\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("other", text, StringComparison.Ordinal);
        Assert.DoesNotContain("extern", All(_blob.Parse(), Bare with { KernelFunctions = false }), StringComparison.Ordinal);
    }

    [Fact]
    public void SplitBtf_IsWrittenWithoutItsBase()
    {
        uint common = _blob.Struct("common", 4, ("a", _int, 0));
        BtfSpec kernel = _blob.Parse();
        BtfBlob module = new(firstId: _blob.NextId, firstString: _blob.EndOfStrings);
        module.Struct("own", 12, ("c", common, 0), ("p", module.Pointer(common), 32));
        module.Struct("common", 4, ("b", _int, 0));
        BtfSpec split = module.Parse(kernel);

        const string own = "struct own {\n\tstruct common c;\n\tstruct common *p;\n} __attribute__((packed));\n\n"
            + "struct common___2 {\n\tint b;\n};\n\n";
        Assert.Equal(own, All(split));
        Assert.Equal(All(kernel) + own, All(split, Bare with { IncludeBase = true }));
        Assert.DoesNotContain("__VMLINUX_H__", All(split, new CWriterOptions()), StringComparison.Ordinal);
    }
}
