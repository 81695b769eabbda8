using System.Runtime.InteropServices;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

/// <summary>What tests of whole collections share.</summary>
internal static class CollectionFixture
{
    /// <summary>The object with many kinds of map, without those that Linux 5.10 lacks; nothing in it is pinned.</summary>
    public static CollectionSpec MapsSpec()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("maps"));
        spec.Maps.Remove("bloom");
        spec.Maps["sized"].Pinning = MapPinning.None;
        return spec;
    }

    /// <summary>Runs something on a kernel of its own, and fails if a descriptor that it gave is still open.</summary>
    public static void AssertNoDescriptorStays(Action<FaultyKernel> action)
    {
        FaultyKernel kernel = new();
        action(kernel);
        Assert.True(kernel.Calls > 0, "nothing was asked of the kernel");
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    /// <summary>What a variable holds now, in the kernel.</summary>
    public static T Read<T>(BpfCollection collection, VariableSpec variable)
        where T : unmanaged
    {
        BpfMap section = collection.Maps[variable.Section];
        byte[] value = new byte[section.ValueSize];
        Assert.True(section.TryGetValue(new byte[sizeof(uint)], value));
        return MemoryMarshal.Read<T>(value.AsSpan((int)variable.Offset));
    }
}
