using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests;

public sealed class CollectionPinTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    [Fact]
    public void Load_MapPinnedByName_IsSharedByLaterCollections()
    {
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/shared" };
        using (BpfCollection first = BpfCollection.Load(Spec(), options))
        {
            byte[] value = new byte[20];
            value[0] = 9;
            first.Maps["sized"].Update(new byte[12], value);
        }

        using BpfCollection second = BpfCollection.Load(Spec(), options);

        byte[] found = new byte[20];
        Assert.True(second.Maps["sized"].TryLookup(new byte[12], found));
        Assert.Equal(9, found[0]);
    }

    [Fact]
    public void Load_PinnedMapIsAnother_SaysInWhatItDiffers()
    {
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/other" };
        BpfCollection.Load(Spec(), options).Dispose();
        CollectionSpec changed = Spec();
        changed.Maps["sized"].MaxEntries = 99;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(changed, options));

        Assert.Equal($"Open map \"sized\" at {files.Root}/other/sized: its max entries is 8, not 99", error.Message);
    }

    [Fact]
    public void Load_FailsAfterPinning_TakesThePinAway()
    {
        string directory = $"{files.Root}/undone";
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.ProgramLoad ? Errno.ENOMEM : null,
        };

        Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory }, kernel));

        Assert.True(Directory.Exists(directory));
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_AnyOneCallFails_LeavesNoPin()
    {
        for (int call = 1; ; call++)
        {
            string directory = $"{files.Root}/call{call}";
            Directory.CreateDirectory(directory);
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.ENOMEM };
            bool loaded = false;
            try
            {
                BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory }, kernel).Dispose();
                loaded = true;
            }
            catch (BpfException)
            {
                // What matters is what it leaves.
            }

            Assert.Equal(loaded, Directory.EnumerateFileSystemEntries(directory).Any());
            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }
    }

    private static CollectionSpec Spec()
    {
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Maps["sized"].Pinning = MapPinning.ByName;
        return spec;
    }
}
