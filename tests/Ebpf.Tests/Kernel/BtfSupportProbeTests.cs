using Ebpf.Btf.Building;
using Ebpf.BtfObjects;
using Ebpf.Features;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

public sealed class BtfSupportProbeTests
{
    /// <summary>The first kernels that have each kind (Documentation/bpf/btf.rst and the commits that brought them).</summary>
    private static readonly (BtfKernelSupport Feature, Version Since)[] Since =
    [
        (BtfKernelSupport.Function, new(5, 0)),
        (BtfKernelSupport.GlobalFunction, new(5, 6)),
        (BtfKernelSupport.DataSection, new(5, 2)),
        (BtfKernelSupport.QuestionMarkDataSection, new(6, 10)),
        (BtfKernelSupport.Float, new(5, 13)),
        (BtfKernelSupport.DeclTag, new(5, 16)),
        (BtfKernelSupport.TypeTag, new(5, 17)),
        (BtfKernelSupport.Enum64, new(6, 0)),
    ];

    [Fact]
    public void Probe_ThisKernel_HasWhatItsVersionSays()
    {
        BtfKernelSupport support = KernelBtfSupport.Probe(RunningKernel.Instance, out bool isCertain);

        Version version = KernelFacts.Of(RunningKernel.Instance).Version;
        Assert.True(isCertain);
        foreach ((BtfKernelSupport feature, Version since) in Since)
            Assert.True(support.HasFlag(feature) == version >= since, $"{feature} on {version}: {support}");
    }

    [Fact]
    public void ProbeBtf_WithoutPermission_IsNotRemembered()
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => Errno.EPERM };
        Assert.True(KernelBtfSupport.Of(kernel).HasFlag(BtfKernelSupport.Enum64));

        kernel.OnBpf = (_, _) => Errno.EINVAL;

        Assert.Equal(BtfKernelSupport.None, KernelBtfSupport.Of(kernel));
    }

    [Fact]
    public void Load_KernelThatRefusesTheTypesAtFirst_GetsSimplerOnes()
    {
        int loads = 0;
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == BpfCommand.BtfLoad && ++loads == 1 ? Errno.EINVAL : null,
        };

        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("counter")), new CollectionOptions { Kernel = kernel });

        Assert.True(loads > 2, "nothing was probed");
        Assert.True(collection.Maps["pkt_count"].HasTypes());
    }
}

internal static class MapTypes
{
    /// <summary>Whether the kernel knows the types of the map.</summary>
    public static bool HasTypes(this BpfMap map)
    {
        KernelMapInfo info = default;
        Assert.Equal(Errno.None, map.Handle.Kernel.GetInfo(map.Handle, ref info));
        return info.ValueTypeId != 0;
    }
}
