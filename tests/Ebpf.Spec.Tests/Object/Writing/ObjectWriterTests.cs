using Ebpf.Asm;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Object.Writing;

/// <summary>What is written and read again is the same.</summary>
public sealed class ObjectWriterTests
{
    public static TheoryData<string, ByteOrder> Objects
    {
        get
        {
            TheoryData<string, ByteOrder> objects = [];
            foreach (string name in TestObject.Names.Where(name => !name.StartsWith("bad_", StringComparison.Ordinal) && name != "counter.nobtf"))
            {
                foreach (ByteOrder order in (ByteOrder[])[ByteOrder.LittleEndian, ByteOrder.BigEndian])
                {
                    if (File.Exists(TestObject.Path(name, order))) objects.Add(name, order);
                }
            }

            return objects;
        }
    }

    [Theory]
    [MemberData(nameof(Objects))]
    public void ToArray_OfAnObject_ReadsBackAsTheSame(string name, ByteOrder order)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Read(name, order));

        byte[] written = spec.ToArray();

        Assert.Empty(SpecComparison.Compare(CollectionSpec.Load(TestObject.Read(name, order)), CollectionSpec.Load(written)));
        Assert.Equal(written, CollectionSpec.Load(TestObject.Read(name, order)).ToArray());
        Assert.Equal(written, CollectionSpec.Load(written).ToArray());
    }
}
