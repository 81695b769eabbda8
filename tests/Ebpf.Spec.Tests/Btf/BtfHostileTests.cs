using System.Text;
using CsCheck;
using Ebpf.Btf;
using Ebpf.Btf.Building;
using Ebpf.Btf.Extensions;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>Whatever the bytes are: one exception type, no hang, no deep recursion, no more memory than they deserve.</summary>
public sealed class BtfHostileTests
{
    /// <summary>Uses everything that can be asked of every type.</summary>
    private static void UseEverything(byte[] raw)
    {
        BtfSpec types;
        try
        {
            types = BtfSpec.Parse(raw);
        }
        catch (ObjectFormatException)
        {
            return;
        }

        foreach (BtfType type in types.All)
        {
            _ = type.ToString();
            _ = type.TryGetSize(out _);
            _ = type.TryGetAlignment(out _);
            Try(() => _ = type.Name);
            Try(() => _ = type.NameUtf8.Length);
            Try(() => _ = type.Tags);
            Try(() => type.Resolve());
            Try(() => type.SkipQualifiers());
            foreach (Action use in Uses(type)) Try(use);
        }

        Try(() => _ = types.Named("int").Count());
        Try(() => types.NextWithEssentialName("pair"u8, 0));
        if (types.ByteOrder == ByteOrder.LittleEndian != BitConverter.IsLittleEndian) return;
        Try(() => types.EncodeForKernel(BtfKernelSupport.All));
        Try(() => types.EncodeForKernel(BtfKernelSupport.None));
    }

    private static IEnumerable<Action> Uses(BtfType type)
    {
        switch (type)
        {
            case PointerType pointer:
                yield return () => _ = pointer.Target;
                break;
            case ArrayType array:
                yield return () => _ = array.Element;
                yield return () => _ = array.Index;
                break;
            case CompositeType composite:
                foreach (Member member in composite.Members)
                {
                    yield return () => _ = member.Name + member.Type + member.Tags.Count;
                    _ = member.ToString();
                }

                break;
            case EnumType enumeration:
                foreach (EnumValue value in enumeration.Values)
                {
                    yield return () => _ = value.Name;
                    _ = value.ToString();
                }

                break;
            case FunctionType function:
                yield return () => _ = function.Prototype.Return.Name + function.Linkage + function.GetParameterTags(0).Count;
                break;
            case FunctionPrototypeType prototype:
                foreach (Parameter parameter in prototype.Parameters)
                {
                    yield return () => _ = parameter.Name + parameter.Type;
                    _ = parameter.ToString();
                }

                break;
            case VariableType variable:
                yield return () => _ = variable.Type.Name + variable.Linkage;
                break;
            case DataSectionType section:
                foreach (DataSectionEntry entry in section.Entries)
                {
                    yield return () => _ = entry.Type.Name + entry.Variable?.Name;
                    _ = entry.ToString();
                }

                break;
            case DeclTagType tag:
                yield return () => _ = tag.Target;
                break;
        }
    }

    private static void Try(Action use)
    {
        try
        {
            use();
        }
        catch (ObjectFormatException)
        {
        }
    }

    private static readonly Gen<byte[]> Blob = Gen.OneOf(
        Gen.Const(BtfBlob.WithEverything(ByteOrder.LittleEndian).Build()),
        Gen.Const(BtfBlob.WithEverything(ByteOrder.BigEndian).Build()),
        Gen.Const(BtfBlob.WithEverything(ByteOrder.LittleEndian).Build(32, [.. Enumerable.Repeat((byte)4, 88)])));

    [Fact]
    public void AnyBytesChanged_ThrowOnlyObjectFormatException() =>
        Gen.Select(Blob, Gen.Select(Gen.Int[0, 1_000_000], Gen.Byte).Array[1, 8]).Sample(
            (blob, changes) =>
            {
                byte[] raw = [.. blob];
                foreach ((int at, byte value) in changes) raw[at % raw.Length] = value;
                UseEverything(raw);
            },
            iter: 10_000);

    [Fact]
    public void AnyWordChanged_ThrowsOnlyObjectFormatException() =>
        Gen.Select(
            Blob,
            Gen.Select(Gen.Int[0, 1_000_000], Gen.OneOf(Gen.UInt, Gen.UInt[0, 64], Gen.UInt[0, 30].Select(kind => kind << 24 | 2)))
                .Array[1, 4]).Sample(
            (blob, changes) =>
            {
                byte[] raw = [.. blob];
                foreach ((int at, uint value) in changes)
                {
                    Span<byte> word = raw.AsSpan(at % (raw.Length / 4) * 4, 4);
                    BitConverter.TryWriteBytes(word, value);
                    if (raw[0] == 0xeb) word.Reverse();
                }

                UseEverything(raw);
            },
            iter: 10_000);

    [Fact]
    public void AnyTruncation_ThrowsOnlyObjectFormatException()
    {
        foreach (ByteOrder order in Enum.GetValues<ByteOrder>())
        {
            byte[] raw = BtfBlob.WithEverything(order).Build();
            for (int length = 0; length < raw.Length; length++) UseEverything(raw[..length]);
        }
    }

    [Fact]
    public void AnyBytesOfExtensionsChanged_ThrowOnlyObjectFormatException()
    {
        BtfBlob blob = new();
        uint xdp = blob.String("xdp");
        BtfSpec types = blob.Parse();
        uint[] words =
        [
            0x0001_eb9f, 32, 0, 20, 20, 28, 48, 28,
            8, xdp, 1, 0, 1,
            16, xdp, 1, 0, 1, 1, 1,
            16, xdp, 1, 0, 1, 1, 1,
        ];
        byte[] valid = [.. words.SelectMany(BitConverter.GetBytes)];
        Assert.Equal(1, BtfExtensions.Parse(valid, types).RelocationsOf("xdp").Count);

        Gen.Select(Gen.Int[0, valid.Length], Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Byte).Array[0, 4]).Sample(
            (length, changes) =>
            {
                byte[] raw = [.. valid];
                foreach ((int at, byte value) in changes) raw[at] = value;
                Try(() =>
                {
                    BtfExtensions extensions = BtfExtensions.Parse(raw.AsMemory(0, changes.Length == 0 ? length : raw.Length), types);
                    foreach (FunctionInfoRecord record in extensions.FunctionsOf("xdp")) _ = types[record.TypeId];
                    foreach (LineInfoRecord record in extensions.LinesOf("xdp")) _ = record.ToLineInfo(types).ToString();
                    foreach (CoReRelocationRecord record in extensions.RelocationsOf("xdp")) _ = record.ToRelocation(types).ToString();
                });
            },
            iter: 20_000);
    }

    [Fact]
    public void Circles_AreNoticed()
    {
        BtfBlob blob = new();
        blob.Typedef("a", 2);
        blob.Typedef("b", 1);
        blob.Const(3);
        blob.Array(4, 4, 2);
        blob.Variable("v", 5, VariableLinkage.Static);
        blob.Pointer(6);
        BtfSpec types = blob.Parse();

        Assert.Throws<ObjectFormatException>(() => types[1].Resolve());
        Assert.Throws<ObjectFormatException>(() => types[3].SkipQualifiers());
        Assert.All((uint[])[1, 2, 3, 4, 5], id => Assert.False(types[id].TryGetSize(out _)));
        Assert.All((uint[])[1, 2, 3, 4, 5], id => Assert.False(types[id].TryGetAlignment(out _)));
        Assert.All(types.All, type => Assert.NotEmpty(type.ToString()));
        UseEverything(blob.Build());
    }

    [Theory]
    [InlineData(BtfKind.Pointer, 1_000_000)]
    [InlineData(BtfKind.Const, 200_000)]
    [InlineData(BtfKind.Typedef, 200_000)]
    public void LongChains_TakeNoStack_AndBytesInProportion(BtfKind kind, int count)
    {
        BtfBlob blob = new();
        for (uint i = 1; i < count; i++) blob.Add(kind, "", i + 1);
        blob.Int("int", 4);
        byte[] raw = blob.Build();

        long before = GC.GetAllocatedBytesForCurrentThread();
        BtfSpec types = BtfSpec.Parse(raw);
        foreach (BtfType type in types.All)
        {
            _ = type.ToString();
            _ = type.TryGetSize(out _);
            _ = type.TryGetAlignment(out _);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, count * 4096L);
        Assert.Equal(kind == BtfKind.Pointer, types[1].TryGetSize(out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void StructuresNested100000Deep_AreDoneOnce(bool closed)
    {
        const uint count = 100_000;
        BtfBlob blob = new();
        for (uint i = 1; i < count; i++) blob.Struct("", 4, ("a", i + 1, 0), ("b", i + 1, 0));
        if (closed) blob.Struct("", 4, ("a", 1, 0));
        else blob.Int("int", 4);
        BtfSpec types = blob.Parse();

        long before = GC.GetAllocatedBytesForCurrentThread();
        int aligned = types.All.Count(type => type.TryGetAlignment(out uint alignment) && alignment == 4);

        Assert.Equal(closed ? 0 : (int)count, aligned);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, count * 1024L);
    }

    [Fact]
    public void ManyNamesInsideOneLongString_CostNoMoreThanTheirTypes()
    {
        const int count = 20_000;
        BtfBlob blob = new();
        uint first = blob.String(new string('n', 1_000_000));
        for (uint i = 0; i < count; i++) blob.Add(BtfKind.Forward, "", 0);
        byte[] raw = blob.Build();
        for (int i = 0; i < count; i++) BitConverter.TryWriteBytes(raw.AsSpan(24 + (i * 12)), first + (uint)i);
        BtfSpec types = BtfSpec.Parse(raw);
        int refused = 0;

        long before = GC.GetAllocatedBytesForCurrentThread();
        foreach (BtfType type in types.All)
        {
            try
            {
                _ = type.ToString() + type.Name.Length;
            }
            catch (ObjectFormatException)
            {
                refused++;
            }
        }

        for (int i = 0; i < 20; i++) _ = types.Named("nothing").Any();
        Assert.Equal(count, refused);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000_000);
        Assert.Equal(1_000_000, types.Strings.BytesMeasured);
    }

    [Fact]
    public void Parse_AllocatesInProportionToTheBytes()
    {
        byte[] raw = new byte[4_000_000];
        BtfBlob blob = new();
        for (int i = 0; i < 100_000; i++) blob.Add(BtfKind.Forward, "", 0);
        byte[] many = blob.Build();

        long before = GC.GetAllocatedBytesForCurrentThread();
        BtfSpec.Parse(many);
        Assert.Throws<ObjectFormatException>(() => BtfSpec.Parse(raw));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, many.Length * 2);
    }
}
