using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>What a caller can do wrong with <see cref="BtfBuilder"/>: always an exception about the argument, and no change.</summary>
public sealed class BuilderMistakeTests
{
    private readonly BtfBuilder _types = new();
    private readonly BtfTypeId _int;
    private readonly BtfTypeId _pointer;
    private readonly BtfTypeId _struct;
    private readonly BtfTypeId _prototype;
    private readonly BtfTypeId _function;
    private readonly BtfTypeId _variable;
    private readonly BtfTypeId _section;
    private readonly BtfTypeId _typedef;
    private readonly BtfTypeId _tag;
    private readonly BtfTypeId _forward;

    public BuilderMistakeTests()
    {
        _int = _types.AddInt("int", 4, IntEncoding.Signed);
        _pointer = _types.AddPointer(_int);
        _struct = _types.AddStruct("s").Add("a", _int).Id;
        _prototype = _types.AddFunctionPrototype(_int).Add("ctx", _pointer).Id;
        _function = _types.AddFunction("f", _prototype);
        _variable = _types.AddVariable("v", _int);
        _section = _types.AddDataSection(".data").Add(_variable).Id;
        _typedef = _types.AddTypedef("t", _int);
        _tag = _types.AddDeclTag("tag", _struct, 0);
        _forward = _types.AddForward("later");
    }

    /// <summary>Does what must fail, with an exception about an argument and without a change.</summary>
    private T Refuses<T>(Action act)
        where T : ArgumentException
    {
        byte[] before = _types.Build().ToArray();
        T error = Assert.Throws<T>(act);
        Assert.NotNull(error.ParamName);
        Assert.Equal(before, _types.Build().ToArray());
        return error;
    }

    [Fact]
    public void Null_IsRefusedEverywhere()
    {
        Refuses<ArgumentNullException>(() => _types.Rename(_struct, null!));
        Refuses<ArgumentNullException>(() => _types.Rename(_pointer, null!));
        Refuses<ArgumentNullException>(() => _types.AddInt(null!, 4));
        Refuses<ArgumentNullException>(() => _types.AddFloat(null!, 4));
        Refuses<ArgumentNullException>(() => _types.AddStruct(null!));
        Refuses<ArgumentNullException>(() => _types.AddUnion(null!));
        Refuses<ArgumentNullException>(() => _types.AddEnum(null!));
        Refuses<ArgumentNullException>(() => _types.AddForward(null!));
        Refuses<ArgumentNullException>(() => _types.AddTypedef(null!, _int));
        Refuses<ArgumentNullException>(() => _types.AddFunction(null!, _prototype));
        Refuses<ArgumentNullException>(() => _types.AddVariable(null!, _int));
        Refuses<ArgumentNullException>(() => _types.AddDataSection(null!));
        Refuses<ArgumentNullException>(() => _types.AddDeclTag(null!, _struct));
        Refuses<ArgumentNullException>(() => _types.AddTypeTag(null!, _struct));
        Refuses<ArgumentNullException>(() => _types.AddString(null!));
        Refuses<ArgumentNullException>(() => _types.Add(null!));
        Refuses<ArgumentNullException>(() => _types.EditComposite(_struct).Add(null!, _int));
        Refuses<ArgumentNullException>(() => _types.EditComposite(_struct).AddAt(null!, _int, 0));
        Refuses<ArgumentNullException>(() => _types.EditComposite(_struct).AddBitField(null!, _int, 1));
        Refuses<ArgumentNullException>(() => _types.EditComposite(_struct).AddBitFieldAt(null!, _int, 0, 1));
        Refuses<ArgumentNullException>(() => _types.EditFunctionPrototype(_prototype).Add(null!, _int));
        Refuses<ArgumentNullException>(() => BtfBuilder.From(null!));
        Refuses<ArgumentNullException>(() => BtfBuilder.OnTopOf(null!));
    }

    [Fact]
    public void ByteOrder_ThatDoesNotExist_IsRefused()
    {
        Refuses<ArgumentOutOfRangeException>(() => _ = new BtfBuilder((ByteOrder)2));
        Refuses<ArgumentOutOfRangeException>(() => _types.Build().ToArray((ByteOrder)(-1)));
    }

    [Fact]
    public void EnumValue_OutOfRange_IsRefused()
    {
        foreach ((uint size, bool isSigned) in new[] { (1u, false), (1u, true), (4u, false), (4u, true), (8u, true) })
        {
            EnumBuilder values = _types.AddEnum("e" + size + isSigned, size, isSigned).Add("FITS", 1ul);
            Refuses<ArgumentOutOfRangeException>(() => values.Add("TOO_LARGE", ulong.MaxValue));
            if (!isSigned || size < 8) Refuses<ArgumentOutOfRangeException>(() => values.Add("TOO_SMALL", long.MinValue));
        }

        EnumBuilder wide = _types.AddEnum("wide", 8).Add("ALL", ulong.MaxValue);
        Refuses<ArgumentOutOfRangeException>(() => wide.Add("NEGATIVE", -1L));
        Refuses<ArgumentNullException>(() => wide.Add(null!, 1L));
    }

    [Fact]
    public void EnumValue_AtTheEdges_IsThere()
    {
        BtfTypeId id = _types.AddEnum("e", 8, isSigned: true).Add("A", long.MinValue).Add("B", (ulong)long.MaxValue).Id;

        Assert.Equal([long.MinValue, long.MaxValue], ((EnumType)_types.Build()[id]).Values.Select(value => value.Value));
    }

    [Fact]
    public void SetTarget_ThatDoesNotFit_IsRefused()
    {
        BtfTypeId array = _types.AddArray(_int, 3);
        Refuses<ArgumentException>(() => _types.SetTarget(_function, _int));
        Refuses<ArgumentException>(() => _types.SetTarget(_function, BtfTypeId.Void));
        Refuses<ArgumentException>(() => _types.SetTarget(_pointer, _variable));
        Refuses<ArgumentException>(() => _types.SetTarget(_typedef, _section));
        Refuses<ArgumentException>(() => _types.SetTarget(_typedef, _tag));
        Refuses<ArgumentException>(() => _types.SetTarget(_variable, _function));
        Refuses<ArgumentException>(() => _types.SetTarget(_prototype, _prototype));
        Refuses<ArgumentException>(() => _types.SetTarget(_tag, _int));
        Refuses<ArgumentException>(() => _types.SetTarget(_tag, _variable));
        Refuses<ArgumentException>(() => _types.SetTarget(_int, _int));
        Refuses<ArgumentException>(() => _types.SetTarget(_struct, _int));
        Refuses<ArgumentException>(() => _types.SetTarget(array, BtfTypeId.Void));
        Refuses<ArgumentOutOfRangeException>(() => _types.SetTarget(_pointer, new BtfTypeId(999)));
        Refuses<ArgumentOutOfRangeException>(() => _types.SetTarget(new BtfTypeId(999), _int));
        Refuses<ArgumentOutOfRangeException>(() => _types.SetTarget(BtfTypeId.Void, _int));
    }

    [Fact]
    public void SetTarget_InACircle_IsRefused()
    {
        BtfTypeId constant = _types.AddConst(_types.AddArray(_typedef, 2));

        Refuses<ArgumentException>(() => _types.SetTarget(_typedef, _typedef));
        Refuses<ArgumentException>(() => _types.SetTarget(_typedef, constant));
        _types.SetTarget(_typedef, _types.AddPointer(_typedef));
    }

    [Fact]
    public void Redirect_ToWhatDoesNotFit_IsRefused()
    {
        BtfTypeId array = _types.AddArray(_int, 2, _int), use = _types.AddConst(_typedef);

        Refuses<ArgumentException>(() => _types.Redirect(_prototype, _int));
        Refuses<ArgumentException>(() => _types.Redirect(_int, _variable));
        Refuses<ArgumentException>(() => _types.Redirect(_int, _struct));
        Refuses<ArgumentException>(() => _types.Redirect(_typedef, use));
        Refuses<ArgumentException>(() => _types.Redirect(_variable, _int));
        Refuses<ArgumentOutOfRangeException>(() => _types.Redirect(_int, new BtfTypeId(999)));
        Assert.Equal("int[2]", _types.Build()[array].ToString());
    }

    [Fact]
    public void Add_ReferenceThatDoesNotFit_IsRefused()
    {
        Refuses<ArgumentException>(() => _types.AddPointer(_section));
        Refuses<ArgumentException>(() => _types.AddConst(_variable));
        Refuses<ArgumentException>(() => _types.AddTypedef("x", _tag));
        Refuses<ArgumentException>(() => _types.AddTypeTag("x", _variable));
        Refuses<ArgumentException>(() => _types.AddArray(_prototype, 1));
        Refuses<ArgumentException>(() => _types.AddArray(_forward, 1));
        Refuses<ArgumentException>(() => _types.AddArray(BtfTypeId.Void, 1));
        Refuses<ArgumentException>(() => _types.AddArray(_int, 1, _pointer));
        Refuses<ArgumentException>(() => _types.AddVariable("x", _function));
        Refuses<ArgumentException>(() => _types.AddVariable("x", _section));
        Refuses<ArgumentException>(() => _types.AddFunction("x", _int));
        Refuses<ArgumentException>(() => _types.AddFunctionPrototype(_variable));
        Refuses<ArgumentException>(() => _types.EditFunctionPrototype(_prototype).Add("x", _function));
        Refuses<ArgumentException>(() => _types.EditFunctionPrototype(_prototype).Add("x", BtfTypeId.Void));
        Refuses<ArgumentException>(() => _types.EditComposite(_struct).Add("x", _variable));
        Refuses<ArgumentException>(() => _types.EditComposite(_struct).Add("x", _forward));
        Refuses<ArgumentException>(() => _types.EditComposite(_struct).AddAt("x", _section, 0));
        Refuses<ArgumentException>(() => _types.EditComposite(_struct).AddBitField("x", _pointer, 1));
        Refuses<ArgumentOutOfRangeException>(() => _types.EditComposite(_struct).AddBitFieldAt("x", _int, 32, 0));
        Refuses<ArgumentOutOfRangeException>(() => _types.EditComposite(_struct).AddBitFieldAt("x", _int, 32, 33));
        Refuses<ArgumentException>(() => _types.EditDataSection(_section).Add(_int));
        Refuses<ArgumentException>(() => _types.EditDataSection(_section).AddAt(_section, 0, 4));
    }

    [Fact]
    public void AddDeclTag_OfNoComponent_IsRefused()
    {
        Assert.Contains("has 1 member", Refuses<ArgumentOutOfRangeException>(() => _types.AddDeclTag("x", _struct, 1)).Message, StringComparison.Ordinal);
        Refuses<ArgumentOutOfRangeException>(() => _types.AddDeclTag("x", _function, 1));
        Refuses<ArgumentOutOfRangeException>(() => _types.AddDeclTag("x", _variable, 0));
        Refuses<ArgumentOutOfRangeException>(() => _types.AddDeclTag("x", _typedef, 0));
        Refuses<ArgumentOutOfRangeException>(() => _types.AddDeclTag("x", _struct, -2));
        Refuses<ArgumentException>(() => _types.AddDeclTag("x", _int));
        BtfBuilder split = BtfBuilder.OnTopOf(_types.Build());
        Assert.Throws<ArgumentOutOfRangeException>(() => split.AddDeclTag("x", _struct, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => split.AddDeclTag("x", _function, 1));
        split.AddDeclTag("x", _function, 0);
    }

    [Fact]
    public void BitField_OfAnIntegerWithoutSize_IsRefused()
    {
        BtfBlob blob = new();
        uint number = blob.Int("empty", 0);
        BtfBuilder types = BtfBuilder.From(blob.Parse());

        Assert.Throws<ArgumentException>(() => types.AddStruct("s").AddBitField("x", new BtfTypeId(number), 0));
    }

    [Fact]
    public void Linkage_ThatDoesNotExist_IsRefused()
    {
        Refuses<ArgumentOutOfRangeException>(() => _types.SetLinkage(_function, (FunctionLinkage)3));
        Refuses<ArgumentOutOfRangeException>(() => _types.SetLinkage(_variable, (VariableLinkage)(-1)));
        Refuses<ArgumentException>(() => _types.SetLinkage(_variable, FunctionLinkage.Global));
        Refuses<ArgumentException>(() => _types.SetLinkage(_function, VariableLinkage.Global));
    }
}
