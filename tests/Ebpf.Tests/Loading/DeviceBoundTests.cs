using Ebpf.Linux;
using Ebpf.Tests.Linux;

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
    public void Load_OnAThreadInAnotherNetwork_BindsToADeviceThere()
    {
        Requires.Kernel(6, 3, "programs bound to a device");

        // One that no other network has.
        const int index = 1_234_567;
        using Barrier together = new(2);
        int loads = 0;
        long time = 0;
        FaultyKernel kernel = new()
        {
            OnTime = () => (ulong)Interlocked.Read(ref time),
            OnBpf = (command, _) =>
            {
                // The first takes two milliseconds; the others go on only when two are loaded at the same time.
                if (command != BpfCommand.ProgramLoad) return null;
                Interlocked.Add(ref time, 2_000_000);
                if (Interlocked.Increment(ref loads) > 1) Assert.True(together.SignalAndWait(TimeSpan.FromMinutes(2)));
                return null;
            },
        };
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                ThreadCalls.LeaveNetwork();
                using VirtualInterfaces interfaces = new(index);
                CollectionSpec spec = Code.Spec(Code.Returning(0), Code.Returning(1), Code.Returning(2));
                foreach (ProgramSpec program in spec.Programs.Values)
                {
                    program.Type = ProgramType.Xdp;
                    program.InterfaceIndex = index;
                    program.Flags |= ProgramFlags.XdpDeviceBoundOnly;
                }

                BpfCollection.Load(spec, new CollectionOptions { Parallelism = 2, Kernel = kernel }).Dispose();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });

        thread.Start();
        thread.Join();

        Assert.Null(failure);
        Assert.Equal(3, loads);
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
