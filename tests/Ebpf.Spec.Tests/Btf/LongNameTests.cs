using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Many types with one long name: each use costs a bounded number of bytes.</summary>
public sealed class LongNameTests
{
    private const int Types = 20_000, LongLength = 1 << 20;

    [Fact]
    public void Name_LongerThanAnyCompilerWrites_IsRefusedAndMeasuredOnce()
    {
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        string name = new('x', LongLength);
        for (int i = 0; i < Types; i++) blob.Typedef(name, number);
        BtfSpec types = blob.Parse();

        foreach (TypedefType type in types.All.OfType<TypedefType>())
        {
            ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => type.Name);
            Assert.Contains("has 1048576 bytes, more than 4096", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(LongLength, types.Strings.BytesMeasured);
        Assert.Empty(types.NamedIgnoringFlavor(name[..300]));
        Assert.Equal(LongLength, types.Strings.BytesMeasured);
    }

    [Fact]
    public void Name_OfTypesMembersValuesAndParameters_IsBounded()
    {
        string name = new('x', 4097);
        BtfBlob blob = new();
        uint number = blob.Int("int", 4);
        uint composite = blob.Struct("s", 4, (name, number, 0)), values = blob.Enum("e", false, (name, 1)), prototype = blob.Prototype(0, (name, number));
        uint function = blob.Function(name, prototype, FunctionLinkage.Static);
        BtfSpec types = blob.Parse();

        Assert.Throws<ObjectFormatException>(() => types[function].Name);
        Assert.Throws<ObjectFormatException>(() => types[function].EssentialName);
        Assert.Throws<ObjectFormatException>(() => ((StructType)types[composite]).Members[0].Name);
        Assert.Throws<ObjectFormatException>(() => ((EnumType)types[values]).Values[0].Name);
        Assert.Throws<ObjectFormatException>(() => ((FunctionPrototypeType)types[prototype]).Parameters[0].Name);
        Assert.NotEmpty(types[function].ToString());
    }

    [Fact]
    public void Name_AsLongAsThoseOfGenericTypes_IsRead()
    {
        string name = new('x', 4096);
        BtfBlob blob = new();
        blob.Struct(name, 0);

        Assert.Equal(name, blob.Parse().Get<StructType>(name).Name);
    }

    [Fact]
    public void Tag_OfAnyLength_IsRead()
    {
        string text = new('x', LongLength);
        BtfBlob blob = new();
        uint composite = blob.Struct("s", 0);
        blob.DeclTag(text, composite);

        Assert.Equal([text], blob.Parse()[composite].Tags);
    }
}
