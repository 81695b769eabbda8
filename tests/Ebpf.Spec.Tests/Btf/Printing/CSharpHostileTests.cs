using Ebpf.Btf;

namespace Ebpf.Spec.Tests.Btf.Printing;

/// <summary>Types that C# has no end for.</summary>
public sealed class CSharpHostileTests
{
    [Fact]
    public void StructWhoseMemberWithoutNameIsItself_IsRefusedBeforeItTakesMemory()
    {
        BtfBlob blob = new();
        uint id = blob.Struct("s", 4, ("", 1, 0));
        BtfSpec types = blob.Parse();
        CSharpWriter writer = new(types);
        writer.Add(types[id]);

        long before = GC.GetAllocatedBytesForCurrentThread();
        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => writer.Write(TextWriter.Null));

        Assert.Equal("type 1 is nested too deep", error.Problem);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }
}
