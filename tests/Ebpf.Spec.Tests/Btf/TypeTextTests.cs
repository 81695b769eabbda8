using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class TypeTextTests
{
    private readonly BtfBlob _blob = new();
    private readonly uint _char;
    private readonly uint _int;

    public TypeTextTests()
    {
        _char = _blob.Int("char", 1, 1);
        _int = _blob.Int("int", 4, 1);
    }

    private string TextOf(uint id) => _blob.Parse()[id].ToString();

    [Fact]
    public void NamedTypes_AreWrittenWithTheirKeyword()
    {
        Assert.Equal("void", TextOf(0));
        Assert.Equal("int", TextOf(_int));
        Assert.Equal("struct event", TextOf(_blob.Struct("event", 0)));
        Assert.Equal("struct (anonymous)", TextOf(_blob.Struct("", 0)));
        Assert.Equal("union event", TextOf(_blob.Add(BtfKind.Forward, "event", 0, flag: true)));
        Assert.Equal("enum color", TextOf(_blob.Enum("color", false)));
        Assert.Equal("u32", TextOf(_blob.Typedef("u32", _int)));
        Assert.Equal("section .bss", TextOf(_blob.DataSection(".bss", 0)));
    }

    [Fact]
    public void Declarators_AreWrittenAsCDoes()
    {
        uint text = _blob.Pointer(_blob.Const(_char));
        uint callback = _blob.Pointer(_blob.Prototype(_int, ("", text), ("", 0)));

        Assert.Equal("const char *", TextOf(text));
        Assert.Equal("const char **", TextOf(_blob.Pointer(text)));
        Assert.Equal("char *const", TextOf(_blob.Const(_blob.Pointer(_char))));
        Assert.Equal("char *const *", TextOf(_blob.Pointer(_blob.Const(_blob.Pointer(_char)))));
        Assert.Equal("int[4][2]", TextOf(_blob.Array(_blob.Array(_int, _int, 2), _int, 4)));
        Assert.Equal("const char *[4]", TextOf(_blob.Array(text, _int, 4)));
        Assert.Equal("int (*)[4]", TextOf(_blob.Pointer(_blob.Array(_int, _int, 4))));
        Assert.Equal("int (*)(const char *, ...)", TextOf(callback));
        Assert.Equal("void (*[3])(void)", TextOf(_blob.Array(_blob.Pointer(_blob.Prototype(0)), _int, 3)));
        Assert.Equal("volatile int *restrict", TextOf(_blob.Add(BtfKind.Restrict, "", _blob.Pointer(_blob.Add(BtfKind.Volatile, "", _int)))));
        Assert.Equal("__attribute__((btf_type_tag(\"user\"))) int *", TextOf(_blob.Pointer(_blob.Add(BtfKind.TypeTag, "user", _int))));
    }

    [Fact]
    public void FunctionsVariablesAndMembers_AreDeclarations()
    {
        uint text = _blob.Pointer(_char);
        uint prototype = _blob.Prototype(_int, ("ctx", text), ("n", _int));
        uint values = _blob.Array(_int, _int, 8);
        uint flags = _blob.Composite(BtfKind.Struct, "flags", 8, true, ("low", _int, 3u << 24), ("f", _blob.Pointer(prototype), 64));
        BtfSpec types = _blob.Parse();

        Assert.Equal("int main(char *, int)", TextOf(_blob.Function("main", prototype, FunctionLinkage.Global)));
        Assert.Equal("int values[8]", TextOf(_blob.Variable("values", values, VariableLinkage.Global)));
        Assert.Equal(
            ["int low : 3", "int (*f)(char *, int)"],
            ((StructType)types[flags]).Members.Select(member => member.ToString()));
        Assert.Equal(
            ["char *ctx", "int n"],
            ((FunctionPrototypeType)types[prototype]).Parameters.Select(parameter => parameter.ToString()));
    }

    [Fact]
    public void TypesThatAreNotThere_AreNamedByTheirIds() => Assert.Equal("<no type 77> *", TextOf(_blob.Pointer(77)));

    [Fact]
    public void Text_IsCutWhereItGrowsTooLong()
    {
        uint chain = _int;
        for (int i = 0; i < 100_000; i++) chain = _blob.Pointer(chain);
        uint wide = _blob.Prototype(0, [.. Enumerable.Repeat(("", _int), 60_000)]);
        uint loop = _blob.NextId + 1;
        _blob.Pointer(_blob.Prototype(loop, ("", loop), ("", loop)));
        uint named = _blob.Struct(new string('n', 100_000), 0);
        BtfSpec types = _blob.Parse();

        Assert.StartsWith("… ***", types[chain].ToString(), StringComparison.Ordinal);
        Assert.All([chain, wide, loop, named], id => Assert.InRange(types[id].ToString().Length, 10, 3000));
    }
}
