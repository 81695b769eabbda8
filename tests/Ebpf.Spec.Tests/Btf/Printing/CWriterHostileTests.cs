using CsCheck;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>Whatever the BTF is: C, or one kind of exception, soon.</summary>
public sealed class CWriterHostileTests
{
    private readonly BtfBlob _blob = new();
    private readonly uint _int;

    public CWriterHostileTests() => _int = _blob.Int("int", 4, 1);

    private static void Write(BtfSpec types)
    {
        CWriter c = new(types, new CWriterOptions { DeclarationTags = true, FollowPointers = true });
        c.AddAll();
        c.Write(Stream.Null);
        CSharpWriter csharp = new(types);
        csharp.AddAll();
        csharp.Write(TextWriter.Null);
        foreach (BtfType type in types.All.Take(100))
        {
            try
            {
                _ = type.ToC();
                CWriter one = new(types);
                one.Add(type);
                one.Write(Stream.Null);
            }
            catch (Exception error) when (error is ObjectFormatException or NotSupportedException)
            {
            }
        }
    }

    private void Refuses(string problem)
    {
        BtfSpec types = _blob.Parse();
        long before = GC.GetAllocatedBytesForCurrentThread();

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => Write(types));

        // What would go on for ever is bounded by the steps that it may take, and what it keeps of them by their number.
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (256L * types.Size));
    }

    [Fact]
    public void StructThatContainsItself_IsRefused()
    {
        uint id = _blob.NextId;
        _blob.Struct("s", 4, ("t", id + 1, 0));
        _blob.Typedef("t", id);
        Refuses("made of itself");
    }

    [Fact]
    public void TypesWithoutNames_ThatContainEachOther_AreRefused()
    {
        uint id = _blob.NextId;
        _blob.Struct("", 8, ("p", id + 1, 0));
        _blob.Pointer(id);
        _blob.Typedef("t", id);
        Refuses("made of itself");
    }

    [Fact]
    public void PointerToItself_IsRefused()
    {
        uint id = _blob.NextId;
        _blob.Pointer(id);
        _blob.Typedef("t", id);
        Refuses("made of itself");
    }

    [Fact]
    public void ExponentialNesting_IsRefused()
    {
        uint inner = _blob.Struct("", 0, ("a", _blob.Array(_int, _int, 0), 0));
        for (int i = 0; i < 60; i++) inner = _blob.Struct("", 0, ("a", inner, 0), ("b", inner, 0));
        _blob.Typedef("t", inner);
        Refuses("larger than anything");
    }

    [Fact]
    public void ExponentialPrototypes_AreRefused()
    {
        uint inner = _blob.Pointer(_int);
        for (int i = 0; i < 60; i++) inner = _blob.Pointer(_blob.Prototype(0, ("", inner), ("", inner)));
        _blob.Typedef("t", inner);
        Refuses("larger than anything");
    }

    [Fact]
    public void HugeHole_IsRefused()
    {
        _blob.Struct("s", uint.MaxValue, ("a", _int, 0));
        Refuses("larger than anything");
    }

    [Fact]
    public void LongNameUsedByEverything_IsRefused()
    {
        uint name = _blob.Struct(new string('n', 100_000), 4, ("a", _int, 0));
        for (int i = 0; i < 10_000; i++) _blob.Typedef($"t{i}", name);
        Refuses("larger than anything");
    }

    [Fact]
    public void DeepNesting_IsRefused()
    {
        uint inner = _int;
        for (int i = 0; i < 100_000; i++) inner = _blob.Struct("", 4, ("a", inner, 0));
        _blob.Typedef("t", inner);
        Refuses("nested more than");
    }

    [Fact]
    public void LongChain_IsRefused()
    {
        uint inner = _int;
        for (int i = 0; i < 100_000; i++) inner = _blob.Pointer(inner);
        _blob.Typedef("t", inner);
        Refuses("behind more than");
    }

    [Fact]
    public void MembersThatOverlap_AreRefused()
    {
        _blob.Struct("s", 8, ("a", _int, 0), ("b", _int, 16));
        Refuses("overlaps");
    }

    [Fact]
    public void MemberBehindTheEnd_IsRefused()
    {
        _blob.Struct("s", 4, ("a", _int, 16));
        Refuses("ends before its member 0");
    }

    [Fact]
    public void FunctionAsAType_IsRefused()
    {
        uint function = _blob.Function("f", _blob.Prototype(0), FunctionLinkage.Static);
        _blob.Typedef("t", function);
        Refuses("used as a type");
    }

    [Fact]
    public void FunctionOfAFunction_IsRefused()
    {
        uint id = _blob.NextId;
        _blob.Function("f", id, FunctionLinkage.Static);
        _blob.DeclTag("bpf_kfunc", id);
        Refuses("no prototype");
    }

    [Fact]
    public void ArrayOfFunctions_IsRefused()
    {
        _blob.Typedef("t", _blob.Pointer(_blob.Prototype(_blob.Prototype(0))));
        Refuses("function");
    }

    [Fact]
    public void AttributeThatEndsItsBrackets_IsLeftOut()
    {
        uint tag = _blob.Add(BtfKind.TypeTag, "packed)) evil ((", _int, flag: true);
        uint plain = _blob.Add(BtfKind.TypeTag, "a\"\\\n", _int);
        _blob.Struct("s", 16, ("a", _blob.Pointer(tag), 0), ("b", _blob.Pointer(plain), 64));

        Assert.Equal(
            "struct s {\n\tint *a;\n\tint __attribute__((btf_type_tag(\"a\\042\\134\\012\"))) *b;\n};",
            _blob.Parse().Get<StructType>("s").ToC());
    }

    [Fact]
    public void AnyBytes_GiveCOrTheOneException()
    {
        byte[] good = BtfBlob.WithEverything(ByteOrder.LittleEndian).Build();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte).Array[1, 6].Sample(
            changes =>
            {
                byte[] raw = [.. good];
                foreach ((int at, byte value) in changes) raw[at] = value;
                try
                {
                    Write(BtfSpec.Parse(raw));
                }
                catch (ObjectFormatException)
                {
                }
            },
            iter: 3000);
    }
}
