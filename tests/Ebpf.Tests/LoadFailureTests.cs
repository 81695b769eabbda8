using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed class LoadFailureTests
{
    [Theory]
    [InlineData("counter", Errno.EPERM)]
    [InlineData("counter", Errno.EINVAL)]
    [InlineData("maps", Errno.ENOMEM)]
    [InlineData("maps", Errno.EINVAL)]
    [InlineData("maps", Errno.ENOSPC)]
    [InlineData("data", Errno.EPERM)]
    [InlineData("data", Errno.EAGAIN)]
    public void Load_AnyOneCallFails_EndsWithAnErrorOrWithoutIt_AndLeavesNothingOpen(string name, Errno error)
    {
        CollectionSpec spec = name == "maps" ? CollectionFixture.MapsSpec() : CollectionSpec.Load(TestObject.Path(name));
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = error };
            try
            {
                BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }).Dispose();
            }
            catch (BpfException failure)
            {
                // Of an old kernel, a probe that fails leaves its own refusal to be seen.
                if (failure is not VerifierException { Mistake: VerifierMistake.UnsupportedInstruction })
                    Assert.Contains(error.ToString(), failure.Message);
                failures++;
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }

        Assert.True(error == Errno.EAGAIN || failures > 0, "no call that failed made loading fail");
    }

    [Fact]
    public void Load_WithoutCapabilities_NamesThem()
    {
        FaultyKernel kernel = new() { OnBpf = (_, _) => Errno.EPERM };
        kernel.Files["/proc/thread-self/status"] = "Name:\tx\nCapEff:\t0000000000000000\nSeccomp:\t0\n";
        kernel.Files["/proc/sys/kernel/unprivileged_bpf_disabled"] = "2\n";
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("minimal"));
        spec.Programs["drop"].Type = ProgramType.Xdp;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel }));

        Assert.Equal(Errno.EPERM, error.Errno);
        Assert.Equal(
            "Load program \"drop\": EPERM: needs CAP_BPF and CAP_NET_ADMIN (this process has neither)", error.Message);
    }

    [Fact]
    public void Load_DefinitionWithUnknownNumbers_IsRefusedUntilTheyWereLookedAt()
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("legacy_maps"));

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));
        Assert.StartsWith("Create map \"longer\": its definition has 8 bytes more than are known", error.Message);

        spec.Maps["longer"].Extra = default;
        using BpfCollection collection = BpfCollection.Load(spec);
        Assert.Equal(2u, collection.Maps["longer"].MaxEntries);
    }
}
