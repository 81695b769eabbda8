using System.Collections.Immutable;
using CsCheck;
using Ebpf.Btf;
using Ebpf.Btf.Compare;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>What holds for all BTF, tried with random graphs of types that refer to one another at will.</summary>
public sealed class BtfPropertyTests
{
    /// <summary>Few names and sizes, so that many types are alike.</summary>
    private static readonly Gen<string> Name = Gen.Int[0, 2].Select(i => "abc"[i].ToString());

    private static readonly Gen<BtfSpec> Types =
        from order in Gen.Bool
        from seeds in Gen.Select(Gen.Int[0, 14], Gen.UInt[0, 40], Gen.UInt[0, 40], Name, Gen.Int[0, 3]).Array[1, 40]
        select Build(order ? ByteOrder.LittleEndian : ByteOrder.BigEndian, seeds);

    private static BtfSpec Build(ByteOrder order, (int Kind, uint First, uint Second, string Name, int Length)[] seeds)
    {
        BtfBlob blob = new(order);
        uint count = (uint)seeds.Length;
        foreach ((int kind, uint first, uint second, string name, int length) in seeds)
        {
            uint a = first % (count + 1), b = second % (count + 1);
            switch (kind)
            {
                case 0: blob.Int(name, 1u << length, first % 2); break;
                case 1: blob.Pointer(a); break;
                case 2: blob.Array(a, b, (uint)length); break;
                case 3 or 4: blob.Struct(name, 8, [.. Enumerable.Range(0, length).Select(i => ("m" + i, i == 0 ? a : b, (uint)i * 32))]); break;
                case 5: blob.Composite(BtfKind.Union, "", 8, true, ("x", a, 3u << 24), ("", b, 0)); break;
                case 6: blob.Enum(name, first % 2 == 0, [.. Enumerable.Range(0, length).Select(i => ("V" + i, i))]); break;
                case 7: blob.Add(BtfKind.Forward, name, 0, flag: length == 0); break;
                case 8: blob.Typedef(name, a); break;
                case 9: blob.Const(a); break;
                case 10: blob.Function(name, blobPrototype(), FunctionLinkage.Static); break;
                case 11: blob.Prototype(a, ("p", b)); break;
                case 12: blob.Enum64(name, false, ("V0", ulong.MaxValue)); break;
                case 13: blob.DeclTag(name, a, length - 1); break;
                default: blob.Variable(name, a, VariableLinkage.Global); break;
            }

            uint blobPrototype() => a;
        }

        return blob.Parse();
    }

    private static BtfBuilder Twice(BtfSpec types, out BtfTypeId[] second)
    {
        BtfBuilder twice = BtfBuilder.From(types);
        second = [.. BtfSpec.Parse(types.ToArray()).All.Select(twice.Add)];
        return twice;
    }

    [Fact]
    public void Add_EveryType_ReadsBackEqual() => Types.Sample(types =>
    {
        BtfBuilder builder = new();
        BtfTypeId[] ids = [.. types.All.Select(builder.Add)];
        BtfSpec built = builder.Build();
        Assert.Equal(types.Count, built.Count);
        Assert.True(new TypeEquivalence().AreSame(types.All.Zip(ids, (type, id) => (type, built[id]))));
    });

    [Fact]
    public void ToArray_GivesTheSameBytes_AndTurnedRoundTheSameTypes() => Types.Sample(types =>
    {
        ByteOrder other = types.ByteOrder == ByteOrder.LittleEndian ? ByteOrder.BigEndian : ByteOrder.LittleEndian;
        BtfSpec turned = BtfSpec.Parse(types.ToArray(other));
        Assert.Equal(types.ToArray(), BtfSpec.Parse(types.ToArray()).ToArray());
        Assert.True(new TypeEquivalence().AreSame(types.All.Zip(turned.All)));
    });

    [Fact]
    public void Deduplicate_IsIdempotent() => Types.Sample(types =>
    {
        BtfSpec once = types.Deduplicate();
        BtfSpec again = once.Deduplicate(out BtfTypeIdMap ids);
        Assert.Equal(once.Count, again.Count);
        Assert.Equal(Enumerable.Range(0, once.Count), ids.Select(id => (int)id.Value.Value));
    });

    [Fact]
    public void Deduplicate_TwoCopies_GivesWhatOneGives() => Types.Sample(types =>
    {
        BtfSpec once = types.Deduplicate(out BtfTypeIdMap alone);
        BtfSpec both = Twice(types, out BtfTypeId[] second).Build().Deduplicate(out BtfTypeIdMap ids);
        Assert.Equal(once.Count, both.Count);
        Assert.Equal(alone.Skip(1).Select(id => id.Value), second.Select(id => ids[id]));
    });

    [Fact]
    public void Deduplicate_MergesOnlyWhatIsTheSameButForDeclarations() => Types.Sample(types =>
    {
        BtfSpec once = types.Deduplicate(out BtfTypeIdMap ids);
        foreach (BtfType type in types.All)
        {
            BtfType kept = once[ids[type.Id]];
            Assert.Equal(type.Name, kept.Name);
            bool isDeclaration = type is ForwardType or EnumType { Values.IsEmpty: true };
            if (!isDeclaration) Assert.Equal(type.Kind, kept.Kind);
            if (type is CompositeType before && kept is CompositeType after)
            {
                Assert.Equal(before.Size, after.Size);
                Assert.Equal(
                    before.Members.Select(member => (member.Name, member.BitOffset, member.BitSize)),
                    after.Members.Select(member => (member.Name, member.BitOffset, member.BitSize)));
                Assert.Equal(
                    before.Members.Select(member => ids[member.Type.Id]),
                    after.Members.Select(member => member.Type.Id));
            }
        }
    });

    [Fact]
    public void Deduplicate_WithoutDeclarations_MergesExactlyWhatIsTheSame() => Types.Sample(types =>
    {
        if (types.All.Any(type => type is ForwardType or EnumType { Values.IsEmpty: true })) return;
        types.Deduplicate(out BtfTypeIdMap ids);
        foreach (BtfType a in types.All)
        {
            foreach (BtfType b in types.All) Assert.Equal(a.IsSameAs(b), ids[a.Id] == ids[b.Id]);
        }
    });

    [Fact]
    public void Deduplicate_SplitCopyOfItsBase_LeavesNothing() => Types.Sample(types =>
    {
        BtfSpec kernel = types.Deduplicate();
        BtfBuilder module = BtfBuilder.OnTopOf(kernel);
        foreach (BtfType type in BtfSpec.Parse(kernel.ToArray()).All) module.Add(type);
        Assert.Equal(kernel.Count, module.Build().Deduplicate().Count);
    });

    [Fact]
    public void DistilledBase_RelocatesOntoTheSameBase_OrSaysWhyNot() => Types.Sample(types =>
    {
        BtfBuilder module = BtfBuilder.OnTopOf(types);
        BtfTypeId own = module.AddStruct("own").Id;
        foreach (BtfType type in types.All.Where(type => type.Id.Value % 3 == 1 && type is not (VariableType or DataSectionType or DeclTagType))) module.AddPointer(type.Id);
        BtfSpec split = module.Build();
        try
        {
            BtfSpec relocated = split.DistillBase().Relocate(types);
            Assert.Same(types, relocated.Base);
            Assert.Equal("own", relocated[own].Name);
        }
        catch (ObjectFormatException error)
        {
            Assert.Matches("both fit|cannot be distilled|no type", error.Message);
        }
    });
}
