using System.Collections.Immutable;
using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class DeduplicationTests
{
    private readonly BtfBuilder _types = new();

    private BtfTypeIdMap _ids = new([]);

    private BtfSpec Deduplicate() => _types.Build().Deduplicate(out _ids);

    private BtfTypeId Int() => _types.AddInt("int", 4, IntEncoding.Signed);

    /// <summary>What a compilation unit with <c>struct name { member *p; int n; }</c> would add.</summary>
    private BtfTypeId Holder(string name, BtfTypeId member) => _types.AddStruct(name).Add("p", _types.AddPointer(member)).Add("n", Int()).Id;

    private bool Same(BtfTypeId a, BtfTypeId b) => _ids[a] == _ids[b];

    [Fact]
    public void PrimitiveTypes_ThatAreEqual_AreOne()
    {
        BtfTypeId a = Int(), b = Int(), unsigned = _types.AddInt("int", 4), wide = _types.AddInt("int", 8, IntEncoding.Signed);
        BtfTypeId real = _types.AddFloat("float", 4), other = _types.AddFloat("float", 4);

        Assert.Equal(5, Deduplicate().Count);
        Assert.True(Same(a, b) && Same(real, other));
        Assert.False(Same(a, unsigned) || Same(a, wide));
    }

    [Fact]
    public void Enums_DifferInValuesSignAndKind()
    {
        BtfTypeId a = _types.AddEnum("e").Add("A", 1).Id, same = _types.AddEnum("e").Add("A", 1).Id;
        BtfTypeId value = _types.AddEnum("e").Add("A", 2).Id, signed = _types.AddEnum("e", isSigned: true).Add("A", 1).Id;
        BtfTypeId wide = _types.AddEnum("e", 8).Add("A", 1).Id;
        Deduplicate();

        Assert.True(Same(a, same));
        Assert.Equal(4, new[] { a, value, signed, wide }.Select(id => _ids[id]).Distinct().Count());
    }

    [Fact]
    public void EnumDeclaration_BecomesTheOnlyDefinition()
    {
        BtfTypeId declared = _types.AddEnum("e").Id, defined = _types.AddEnum("e", 8).Add("A", 1).Id, alone = _types.AddEnum("f").Id;

        BtfSpec result = Deduplicate();

        Assert.True(Same(declared, defined));
        Assert.Equal(3, result.Count);
        Assert.Equal("f", result[_ids[alone]].Name);
    }

    [Fact]
    public void References_OfEachKind_AreOne()
    {
        List<(uint, uint)> pairs = [];
        BtfTypeId[] first = [.. Add()], second = [.. Add()];
        BtfSpec result = Deduplicate();

        Assert.All(first.Zip(second), pair => Assert.True(Same(pair.First, pair.Second)));
        Assert.Equal(first.Length + 1, result.Count);

        IEnumerable<BtfTypeId> Add()
        {
            BtfTypeId number = Int();
            yield return number;
            yield return _types.AddConst(number);
            yield return _types.AddVolatile(number);
            yield return _types.AddTypedef("t", number);
            yield return _types.AddTypeTag("user", number);
            BtfTypeId pointer = _types.AddPointer(number);
            yield return pointer;
            yield return _types.AddRestrict(pointer);
            yield return _types.AddArray(number, 4, number);
            BtfTypeId prototype = _types.AddFunctionPrototype(number).Add("a", pointer).Id;
            yield return prototype;
            BtfTypeId function = _types.AddFunction("f", prototype);
            yield return function;
            yield return _types.AddDeclTag("tag", function, 0);
        }
    }

    [Fact]
    public void Tags_DifferInTextComponentAndAttribute()
    {
        BtfTypeId composite = Holder("s", BtfTypeId.Void);
        BtfTypeId[] tags =
        [
            _types.AddDeclTag("a", composite), _types.AddDeclTag("b", composite), _types.AddDeclTag("a", composite, 1),
            _types.AddDeclTag("a", composite, isAttribute: true), _types.AddTypeTag("a", composite), _types.AddTypeTag("a", composite, true),
        ];
        Deduplicate();

        Assert.Equal(tags.Length, tags.Select(id => _ids[id]).Distinct().Count());
    }

    [Fact]
    public void RecursiveStructures_AreOne()
    {
        BtfTypeId[] nodes = [Node(), Node()];
        BtfSpec result = Deduplicate();

        Assert.True(Same(nodes[0], nodes[1]));
        Assert.Equal(4, result.Count);

        BtfTypeId Node()
        {
            CompositeBuilder node = _types.AddStruct("node");
            return node.Add("next", _types.AddPointer(node.Id)).Add("value", Int()).Id;
        }
    }

    [Fact]
    public void IdenticalStructuresWithinOneUnit_AreOne()
    {
        BtfTypeId one = _types.AddStruct().Add("a", _types.AddArray(Int(), 4)).Id, two = _types.AddStruct().Add("a", _types.AddArray(Int(), 4)).Id;
        BtfTypeId outer = _types.AddStruct("outer").Add("x", one).Add("y", two).Id;
        BtfSpec result = Deduplicate();

        Assert.True(Same(one, two));
        Assert.Single(((StructType)result[_ids[outer]]).Members.Select(member => member.Type).Distinct());
    }

    [Fact]
    public void Structures_ThatDifferDeepInside_StayApart()
    {
        BtfTypeId a = Holder("s", Holder("inner", Int())), b = Holder("s", Holder("inner", _types.AddInt("long", 8)));
        Deduplicate();

        Assert.False(Same(a, b));
    }

    [Fact]
    public void PointersToVoid_AreNoPointersToConstVoid()
    {
        BtfTypeId a = Holder("s", BtfTypeId.Void), b = Holder("s", _types.AddConst(BtfTypeId.Void));
        _types.AddForward("something");
        Deduplicate();

        Assert.False(Same(a, b));
    }

    [Fact]
    public void Declaration_BecomesTheOnlyDefinition()
    {
        BtfTypeId declared = _types.AddForward("foo"), union = _types.AddForward("foo", isUnion: true);
        BtfTypeId holder = Holder("h", declared);
        BtfTypeId defined = Holder("foo", BtfTypeId.Void);
        BtfSpec result = Deduplicate();

        Assert.True(Same(declared, defined));
        Assert.False(Same(union, defined));
        PointerType pointer = (PointerType)((StructType)result[_ids[holder]]).Members[0].Type;
        Assert.IsType<StructType>(pointer.Target);
    }

    [Fact]
    public void StructuresWithDeclarationAndDefinition_AreOne()
    {
        BtfTypeId a = Holder("s", _types.AddForward("foo")), b = Holder("s", Holder("foo", BtfTypeId.Void));
        Deduplicate();

        Assert.True(Same(a, b));
    }

    [Fact]
    public void Declaration_OfTwoDefinitions_IsDecidedByTheStructuresThatUseIt()
    {
        BtfTypeId declared = _types.AddForward("foo");
        BtfTypeId a = Holder("s", declared);
        BtfTypeId first = Holder("foo", BtfTypeId.Void), second = _types.AddStruct("foo").Add("x", Int()).Id;
        BtfTypeId b = Holder("s", second), other = Holder("t", first);
        BtfSpec result = Deduplicate();

        Assert.True(Same(a, b));
        Assert.True(Same(declared, second));
        Assert.False(Same(first, second));
        Assert.Equal("foo", ((PointerType)((StructType)result[_ids[other]]).Members[0].Type).Target.Name);
        Assert.DoesNotContain(result.All, type => type is ForwardType);
    }

    [Fact]
    public void Declaration_OfTwoDefinitionsThatNothingTellsApart_Stays()
    {
        BtfTypeId declared = _types.AddForward("foo");
        Holder("user", declared);
        Holder("foo", BtfTypeId.Void);
        _types.AddStruct("foo").Add("x", Int());

        Assert.Contains(Deduplicate().All, type => type is ForwardType);
    }

    [Fact]
    public void Declarations_InsideOfWhatOthersDeclare_AreAllResolved()
    {
        // foo is defined twice, differing in a declaration of bar, which is defined twice, differing in baz.
        BtfTypeId baz = Holder("baz", BtfTypeId.Void);
        BtfTypeId bar1 = Holder("bar", baz), bar2 = Holder("bar", _types.AddForward("baz"));
        BtfTypeId foo1 = Holder("foo", bar1), foo2 = Holder("foo", _types.AddForward("bar")), foo3 = Holder("foo", bar2);
        BtfTypeId user = Holder("user", _types.AddForward("foo"));
        BtfSpec result = Deduplicate();

        Assert.True(Same(bar1, bar2) && Same(foo1, foo2) && Same(foo1, foo3));
        Assert.DoesNotContain(result.All, type => type is ForwardType);
        Assert.NotNull(result[_ids[user]]);
    }

    [Fact]
    public void Variables_AreOneOnlyInEqualSections()
    {
        BtfTypeId a = _types.AddVariable("x", Int(), VariableLinkage.Static), b = _types.AddVariable("x", Int(), VariableLinkage.Static);
        BtfTypeId c = _types.AddVariable("x", Int(), VariableLinkage.Static);
        BtfTypeId first = _types.AddDataSection(".bss").Add(a).Id, second = _types.AddDataSection(".bss").Add(b).Id;
        BtfTypeId third = _types.AddDataSection(".bss").Add(c).Add(_types.AddVariable("y", Int())).Id;
        Deduplicate();

        Assert.True(Same(a, b) && Same(first, second));
        Assert.False(Same(a, c) || Same(first, third));
    }

    [Fact]
    public void Strings_ThatNothingHas_AreGone()
    {
        _types.AddString("unused");
        Holder("s", BtfTypeId.Void);

        Assert.Equal("\0s\0p\0n\0int\0"u8.ToArray().Order(), Deduplicate().Strings.Bytes.ToArray().Order());
    }

    [Fact]
    public void SplitBtf_UsesTheTypesOfItsBase()
    {
        Holder("shared", Holder("inner", BtfTypeId.Void));
        BtfSpec kernel = _types.Build().Deduplicate();
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId shared = module.Add(BtfSpec.Parse(kernel.ToArray()).Get<StructType>("shared"));
        BtfTypeId own = module.AddStruct("own").Add("shared", shared).Id;

        BtfSpec result = module.Build().Deduplicate(out BtfTypeIdMap ids);

        Assert.Equal(kernel.Count + 1, result.Count);
        Assert.Same(kernel.Get<StructType>("shared"), ((StructType)result[ids[own]]).Members[0].Type);
        Assert.Same(kernel, result.Base);
    }

    [Fact]
    public void SplitBtf_DefinesWhatItsBaseDeclares_AndLeavesTheBase()
    {
        BtfTypeId inBase = Holder("holder", _types.AddForward("foo"));
        BtfSpec kernel = _types.Build();
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        BtfTypeId foo = module.AddStruct("foo").Add("a", module.AddInt("long", 8)).Id;
        BtfTypeId pointer = module.AddPointer(module.AddForward("foo"));
        BtfTypeId copy = module.Add(BtfSpec.Parse(kernel.ToArray()).Get<StructType>("holder"));

        BtfSpec result = module.Build().Deduplicate(out BtfTypeIdMap ids);

        Assert.Equal(ids[foo], ((PointerType)result[ids[pointer]]).Target.Id);
        Assert.Equal(inBase, ids[copy]);
        Assert.IsType<ForwardType>(((PointerType)((StructType)result[inBase]).Members[0].Type).Target);
    }

    [Fact]
    public void Deduplicate_ReferenceToNothing_Throws()
    {
        BtfBlob blob = new();
        blob.Pointer(9);

        Assert.Contains("type 9", Assert.Throws<ObjectFormatException>(blob.Parse().Deduplicate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deduplicate_BaseThatRefersToWhatBuildsOnIt_Throws()
    {
        BtfBlob kernel = new();
        kernel.Pointer(2);
        BtfSpec kernelTypes = kernel.Parse();
        BtfBuilder module = BtfBuilder.OnTopOf(kernelTypes);
        module.AddInt("int", 4);

        Assert.Throws<ObjectFormatException>(module.Build().Deduplicate);
    }

    [Fact]
    public void Deduplicate_ChainsAndCirclesOfAMillion_TakesNoStackAndLittleTime()
    {
        const uint count = 300_000;
        BtfBlob blob = new();
        for (uint id = 1; id <= count; id++) blob.Pointer(id == count ? 1 : id + 1);
        for (uint id = 1; id <= count; id++) blob.Const(count + id - 1);

        BtfSpec result = blob.Parse().Deduplicate();

        // All pointers of the circle point to the same: themselves. The chain begins behind the circle's last type.
        Assert.Equal((int)count + 2, result.Count);
    }

    [Fact]
    public void Deduplicate_ManyStructuresThatOnlyLookAlike_TakesLittleTime()
    {
        BtfBlob blob = new();
        blob.Add(BtfKind.Forward, "other", 0);
        uint previous = 0;
        for (uint i = 0; i < 100_000; i++)
        {
            uint inner = blob.Struct("inner", 8, ("p", blob.Pointer(previous), 0));
            previous = blob.Struct("s", 8, ("p", blob.Pointer(inner), 0));
        }

        BtfSpec spec = blob.Parse();

        Assert.True(spec.Deduplicate().Count > 100_000);
    }
}
