using System.Buffers.Binary;
using System.Text;
using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf;

public sealed class BtfFileTests
{
    /// <summary>An ELF file for x86-64 that has sections and nothing else, as a module would have them.</summary>
    private static byte[] Elf(params (string Name, byte[] Contents)[] sections)
    {
        const int header = 64, entry = 64;
        List<byte> names = [0], body = [];
        List<(uint Name, int Offset, int Size, uint Type)> table = [(0, 0, 0, 0)];
        foreach ((string name, byte[] contents) in sections)
        {
            table.Add(((uint)names.Count, header + body.Count, contents.Length, 1));
            names.AddRange([.. Encoding.ASCII.GetBytes(name), 0]);
            body.AddRange(contents);
        }

        table.Add(((uint)names.Count, header + body.Count, names.Count + 10, 3));
        names.AddRange([.. ".shstrtab"u8, 0]);
        body.AddRange(names);
        byte[] file = new byte[header + body.Count + (table.Count * entry)];
        byte[] start = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        start.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 1);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(40), (ulong)(header + body.Count));
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), entry);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), (ushort)table.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), (ushort)(table.Count - 1));
        body.CopyTo(file, header);
        for (int i = 0; i < table.Count; i++)
        {
            Span<byte> section = file.AsSpan(header + body.Count + (i * entry), entry);
            BinaryPrimitives.WriteUInt32LittleEndian(section, table[i].Name);
            BinaryPrimitives.WriteUInt32LittleEndian(section[4..], table[i].Type);
            BinaryPrimitives.WriteUInt64LittleEndian(section[24..], (ulong)table[i].Offset);
            BinaryPrimitives.WriteUInt64LittleEndian(section[32..], (ulong)table[i].Size);
        }

        return file;
    }

    private static (BtfSpec Kernel, BtfSpec Module) KernelAndModule()
    {
        BtfBuilder kernel = new();
        BtfTypeId task = kernel.AddStruct("task").Add("pid", kernel.AddInt("int", 4)).Id;
        BtfSpec built = kernel.Build();
        BtfBuilder module = BtfBuilder.OnTopOf(built);
        module.AddStruct("own").Add("task", module.AddPointer(task));
        return (built, module.Build());
    }

    [Fact]
    public void Load_CompiledObject_ReadsItsTypes()
    {
        BtfSpec types = BtfSpec.Load(TestObject.Path("counter"));
        using FileStream stream = File.OpenRead(TestObject.Path("counter"));

        Assert.NotEmpty(types.All);
        Assert.Equal(types.ToArray(), BtfSpec.Load(stream).ToArray());
    }

    [Fact]
    public void Load_RawBtf_ReadsIt()
    {
        byte[] raw = BtfBlob.WithEverything(ByteOrder.BigEndian).Build();

        Assert.Equal(raw, BtfSpec.Load(raw).ToArray());
    }

    [Fact]
    public void Load_ModuleWithDistilledBase_RelocatesIt()
    {
        (BtfSpec kernel, BtfSpec module) = KernelAndModule();
        BtfSpec distilled = module.DistillBase();
        byte[] file = Elf((".BTF", distilled.ToArray()), (".BTF.base", distilled.Base!.ToArray()));

        StructType own = BtfSpec.Load(file, kernel).Get<StructType>("own");
        BtfSpec alone = BtfSpec.Load(file);

        Assert.Same(kernel.Get<StructType>("task"), ((PointerType)own.Members[0].Type).Target);
        Assert.Empty(alone.Get<StructType>("task").Members);
    }

    [Fact]
    public void Load_ModuleWithoutDistilledBase_GoesOnFromTheBase()
    {
        (BtfSpec kernel, BtfSpec module) = KernelAndModule();

        BtfSpec read = BtfSpec.Load(Elf((".BTF", module.ToArray())), kernel);

        Assert.Same(kernel, read.Base);
        Assert.Equal("struct task *task", read.Get<StructType>("own").Members[0].ToString());
    }

    [Fact]
    public void Load_ElfWithoutTypes_SaysSo()
    {
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => BtfSpec.Load(Elf((".text", [1, 2]))));

        Assert.Contains("no section .BTF", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ByteOrder.LittleEndian, ByteOrder.BigEndian)]
    [InlineData(ByteOrder.BigEndian, ByteOrder.LittleEndian)]
    public void ToArray_OtherByteOrderAndBack_IsTheSame(ByteOrder from, ByteOrder to)
    {
        byte[] raw = BtfBlob.WithEverything(from).Build();

        BtfSpec turned = BtfSpec.Parse(BtfSpec.Parse(raw).ToArray(to));

        Assert.Equal(to, turned.ByteOrder);
        Assert.Equal(raw, turned.ToArray(from));
    }

    [Fact]
    public void ToArray_KindsThatAreNotKnown_KeepsThem_ButCannotTurnThem()
    {
        BtfBlob blob = new();
        blob.Int("int", 4);
        blob.Add(25, "new", 7, words: 8);
        byte[] layout = new byte[26 * 4];
        layout[25 * 4] = 4;
        layout[4] = 4;
        byte[] raw = blob.Build(32, layout);
        BtfSpec types = BtfSpec.Parse(raw);

        Assert.Equal(raw, types.ToArray());
        Assert.Throws<ObjectFormatException>(() => types.ToArray(ByteOrder.BigEndian));
        Assert.Throws<ObjectFormatException>(() => BtfBuilder.From(types));
        Assert.Throws<ObjectFormatException>(types.Deduplicate);
        Assert.Throws<ObjectFormatException>(() => new BtfBuilder().Add(types[2]));
    }
}
