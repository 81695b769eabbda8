using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfDifferenceTests
{
    private static BtfSpec Build(Action<BtfBuilder, BtfTypeId> add, ByteOrder order = ByteOrder.LittleEndian)
    {
        BtfBuilder types = new(order);
        BtfTypeId number = types.AddInt("int", 4, IntEncoding.Signed);
        add(types, number);
        return types.Build();
    }

    private static TypeChange OnlyChange(BtfSpec before, BtfSpec after)
    {
        BtfDifference difference = BtfDifference.Between(before, after);
        Assert.Empty(difference.Added);
        Assert.Empty(difference.Removed);
        return Assert.Single(difference.Changed);
    }

    [Fact]
    public void Between_EqualTypesInOtherOrderAndByteOrder_IsEmpty()
    {
        BtfSpec before = BtfBlob.WithEverything(ByteOrder.LittleEndian).Parse();
        BtfBuilder other = new(ByteOrder.BigEndian);
        foreach (BtfType type in before.All.Reverse()) other.Add(type);

        Assert.True(BtfDifference.Between(before, other.Build()).IsEmpty);
    }

    [Fact]
    public void Between_AddedAndRemovedTypes_ListsThem()
    {
        BtfSpec before = Build((types, number) => types.AddTypedef("old", number));
        BtfSpec after = Build((types, number) => types.AddStruct("new").Add("a", number));

        BtfDifference difference = BtfDifference.Between(before, after);

        Assert.Equal("old", Assert.Single(difference.Removed).Name);
        Assert.Equal("new", Assert.Single(difference.Added).Name);
        Assert.Equal("- old\n+ struct new\n", difference.ToString());
    }

    [Fact]
    public void Between_ChangedStructure_TellsEveryMember()
    {
        BtfSpec before = Build((types, number) => types.AddStruct("s")
            .Add("same", number).Add("gone", number).Add("moved", number).Add("retyped", number).AddBitField("bits", number, 3));
        BtfSpec after = Build((types, number) => types.AddStruct("s")
            .Add("same", number).Add("moved", number).Add("fill", number).Add("retyped", types.AddPointer(number))
            .AddBitFieldAt("bits", number, 128, 4));

        TypeChange change = OnlyChange(before, after);

        Assert.Equal(
            [
                (MemberChanges.Removed, "- int gone at 4, 4 bytes"),
                (MemberChanges.Moved, "~ int moved at 8, 4 bytes -> int moved at 4, 4 bytes"),
                (MemberChanges.Moved | MemberChanges.Retyped | MemberChanges.Resized, "~ int retyped at 12, 4 bytes -> int *retyped at 16, 8 bytes"),
                (MemberChanges.Resized, "~ int bits : 3 at 16 -> int bits : 4 at 16"),
                (MemberChanges.Added, "+ int fill at 8, 4 bytes"),
            ],
            change.Members.Select(member => (member.Changes, member.ToString())));
        Assert.StartsWith("~ struct s, 20 bytes -> 24 bytes\n    - int gone", change.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Between_ChangeBehindAName_BelongsToThatNameAlone()
    {
        BtfSpec Holder(uint size) => Build((types, _) =>
        {
            BtfTypeId inner = types.AddStruct("inner").Add("a", types.AddInt("x8", size)).Id;
            types.AddStruct("outer").Add("p", types.AddPointer(types.AddConst(inner)));
        });

        BtfDifference difference = BtfDifference.Between(Holder(4), Holder(8));

        Assert.Equal(["inner", "x8"], difference.Changed.Select(change => change.Before.Name));
    }

    [Fact]
    public void Between_ChangeInsideSomethingAnonymous_BelongsToWhatItIsIn()
    {
        BtfSpec Holder(string name) => Build((types, number) =>
            types.AddStruct("outer").Add("", types.AddUnion().Add(name, number).Id));

        Assert.Equal("outer", OnlyChange(Holder("a"), Holder("b")).Before.Name);
    }

    [Fact]
    public void Between_ChangedEnum_TellsEveryValue()
    {
        BtfSpec before = Build((types, _) => types.AddEnum("e").Add("A", 1).Add("B", 2).Add("C", 3));
        BtfSpec after = Build((types, _) => types.AddEnum("e").Add("A", 1).Add("B", 5).Add("D", 4));

        Assert.Equal(["~ B = 2 -> B = 5", "- C = 3", "+ D = 4"], OnlyChange(before, after).Values.Select(value => value.ToString()));
    }

    [Fact]
    public void Between_ChangedFunction_ShowsBoth()
    {
        BtfSpec before = Build((types, number) => types.AddFunction("f", types.AddFunctionPrototype(number).Id));
        BtfSpec after = Build((types, number) => types.AddFunction("f", types.AddFunctionPrototype(number).Add("a", number).Id));

        Assert.Equal("~ int f(void) -> int f(int)", OnlyChange(before, after).ToString());
    }

    [Fact]
    public void IsSameAs_LooksIntoEverything()
    {
        BtfSpec before = Build((types, number) => types.AddTypedef("t", types.AddPointer(types.AddStruct("s").Add("a", number).Id)));
        BtfSpec same = Build((types, number) => types.AddTypedef("t", types.AddPointer(types.AddStruct("s").Add("a", number).Id)), ByteOrder.BigEndian);
        BtfSpec other = Build((types, number) => types.AddTypedef("t", types.AddPointer(types.AddStruct("s").Add("b", number).Id)));

        Assert.True(before.Get<TypedefType>("t").IsSameAs(same.Get<TypedefType>("t")));
        Assert.False(before.Get<TypedefType>("t").IsSameAs(other.Get<TypedefType>("t")));
        Assert.False(before.Get<TypedefType>("t").IsSameAs(before.Get<StructType>("s")));
        Assert.False(before.Get<TypedefType>("t").IsSameAs(VoidType.Instance));
    }
}
