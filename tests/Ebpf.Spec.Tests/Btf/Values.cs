using Ebpf.Btf;
using Ebpf.TestData;

namespace Ebpf.Spec.Tests.Btf;

/// <summary>The variables of <c>values.bpf.c</c>, as compiled.</summary>
internal static class Values
{
    public static CollectionSpec Object(ByteOrder order = ByteOrder.LittleEndian) => CollectionSpec.Load(TestObject.Path("values", order));

    public static BtfSpec Types(ByteOrder order = ByteOrder.LittleEndian) => Object(order).Types!;

    /// <summary>The variable <c>event</c>.</summary>
    public static BtfValue Event(ByteOrder order = ByteOrder.LittleEndian)
    {
        VariableSpec variable = Object(order).Variables["event"];
        return new BtfValue(variable.Type!, variable.ToArray());
    }
}
