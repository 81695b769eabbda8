namespace Ebpf.Tests.Loading;

public sealed class DeviceBoundTests
{
    [Fact]
    public void Load_ProgramBoundToADevice_MayAskItsDriver()
    {
        Requires.Kernel(6, 3, "programs bound to a device");
        using VirtualInterfaces interfaces = new();
        CollectionSpec spec = One.Spec("device_bound", "timestamp");
        ProgramSpec program = spec.Programs["timestamp"];

        VerifierException error = One.Fails<VerifierException>(spec);
        program.InterfaceIndex = interfaces.Index;
        program.Flags |= ProgramFlags.XdpDeviceBoundOnly;
        using BpfCollection collection = BpfCollection.Load(spec.Clone());

        Assert.Contains("device-bound", error.Reason);
        Assert.True(collection.Programs["timestamp"].Id > 0);
    }

    [Fact]
    public void Load_ProgramBoundToADeviceThatIsNotThere_IsRefused()
    {
        Requires.Kernel(6, 3, "programs bound to a device");
        CollectionSpec spec = One.Spec("device_bound", "timestamp");
        spec.Programs["timestamp"].InterfaceIndex = int.MaxValue;
        spec.Programs["timestamp"].Flags |= ProgramFlags.XdpDeviceBoundOnly;

        Assert.Equal(Errno.EINVAL, One.Fails<BpfException>(spec).Errno);
    }
}
