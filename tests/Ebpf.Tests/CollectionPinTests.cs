using Ebpf.Linux;
using Ebpf.TestData;
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
        Assert.True(second.Maps["sized"].TryGetValue(new byte[12], found));
        Assert.Equal(9, found[0]);
    }

    [Fact]
    public void Load_PinnedMapIsAnother_SaysInWhatItDiffers()
    {
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/other" };
        BpfCollection.Load(Spec(), options).Dispose();
        CollectionSpec changed = Spec();
        changed.Maps["sized"].MaxEntries = 99;

        MapException error = Assert.Throws<MapException>(() => BpfCollection.Load(changed, options));

        Assert.Equal($"Open map \"sized\" at {files.Root}/other/sized: its max entries is 8, not 99", error.Message);
    }

    [Fact]
    public void Load_PinPath_IsWhereTheMapIs()
    {
        Directory.CreateDirectory($"{files.Root}/own");
        CollectionSpec spec = CollectionFixture.MapsSpec();
        spec.Maps["sized"].PinPath = $"{files.Root}/own/place";
        using BpfCollection first = BpfCollection.Load(spec);
        using BpfCollection second = BpfCollection.Load(spec);

        Assert.Equal(first.Maps["sized"].Id, second.Maps["sized"].Id);
        Assert.Equal(spec.Maps["sized"].PinPath, second.Maps["sized"].PinPath);
        Assert.Equal("sized", second.Maps["sized"].Name);
    }

    [Fact]
    public void Load_PinnedSectionOfVariables_KeepsWhatItHolds()
    {
        CollectionOptions options = new() { PinDirectory = $"{files.Root}/variables" };
        CollectionSpec spec = CollectionSpec.Load(TestData.TestObject.Path("counter"));
        spec.Maps[".rodata"].Pinning = MapPinning.ByName;
        using BpfCollection first = BpfCollection.Load(spec, options);
        byte[] other = spec.Maps[".rodata"].InitialValue.ToArray();
        other[0] ^= 0xff;
        spec.Maps[".rodata"].InitialValue = other;
        using BpfCollection second = BpfCollection.Load(spec, options);

        byte[] value = new byte[other.Length];
        Assert.True(second.Maps[".rodata"].TryGetValue(new byte[4], value));
        Assert.Equal(first.Maps[".rodata"].Id, second.Maps[".rodata"].Id);
        Assert.NotEqual(other, value);

        // A bpffs has no dots: the name that libbpf would take.
        Assert.Equal(
            $"{options.PinDirectory}/{spec.Maps[".rodata"].Name.Replace('.', '_')}", first.Maps[".rodata"].PinPath);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../outside")]
    public void Load_NameThatIsNoFileName_IsRefused(string name)
    {
        CollectionSpec spec = Spec();
        spec.Maps["sized"].Name = name;

        Assert.Contains(
            "that is no name for a file",
            Assert.Throws<BpfException>(() => BpfCollection.Load(spec, new() { PinDirectory = $"{files.Root}/names" })).Message);
    }

    [Fact]
    public async Task Load_ManyAtTheSameTime_ShareOneMap()
    {
        for (int round = 0; round < 20; round++)
        {
            CollectionOptions options = new() { PinDirectory = $"{files.Root}/race{round}" };
            using Barrier start = new(4);
            BpfCollection[] loaded = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    CollectionSpec spec = Spec();
                    foreach (ProgramSpec program in spec.Programs.Values) program.AutoLoad = false;
                    spec.Maps["jumps"].Initializers.Clear();
                    start.SignalAndWait();
                    return BpfCollection.Load(spec, options);
                },
                TestContext.Current.CancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));

            Assert.Single(loaded.Select(collection => collection.Maps["sized"].Id).Distinct());
            foreach (BpfCollection collection in loaded) collection.Dispose();
        }
    }

    [Fact]
    public void Load_FailsAfterPinning_TakesThePinAway()
    {
        string directory = $"{files.Root}/undone";
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.ProgramLoad ? Errno.ENOMEM : null,
        };

        Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory, Kernel = kernel }));

        Assert.False(Directory.Exists(directory));
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Load_FailsAfterPinningInADirectoryThatWasThere_LeavesTheDirectory()
    {
        string directory = $"{files.Root}/there_before";
        Directory.CreateDirectory(directory);
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) => command == Ebpf.Linux.BpfCommand.ProgramLoad ? Errno.ENOMEM : null,
        };

        Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory, Kernel = kernel }));

        Assert.Empty(Directory.EnumerateFileSystemEntries(directory));
    }

    [Fact]
    public void Load_FailsAfterPinningWhereAnotherHasPinnedMeanwhile_LeavesTheDirectory()
    {
        string directory = $"{files.Root}/used_meanwhile";
        using BpfMap other = Make.Map(MapType.Hash);
        FaultyKernel kernel = new()
        {
            OnBpf = (command, _) =>
            {
                if (command != Ebpf.Linux.BpfCommand.ProgramLoad) return null;
                if (!File.Exists($"{directory}/other")) other.Pin($"{directory}/other");
                return Errno.ENOMEM;
            },
        };

        Assert.Throws<BpfException>(() => BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory, Kernel = kernel }));

        Assert.Equal([$"{directory}/other"], Directory.EnumerateFileSystemEntries(directory));
        other.Unpin();
    }

    [Fact]
    public void Load_PinningOfAnotherLoader_IsRefusedUntilTheUserSays()
    {
        CollectionSpec spec = Spec();
        spec.Maps["sized"].Pinning = (MapPinning)100;

        BpfException error = Assert.Throws<BpfException>(() => BpfCollection.Load(spec));
        Assert.Equal(
            "Pin map \"sized\": its pinning is 100, which means something to another loader only: set its Pinning, or its PinPath", error.Message);

        spec.Maps["sized"].PinPath = $"{files.Root}/custom";
        using BpfCollection collection = BpfCollection.Load(spec);
        Assert.Equal($"{files.Root}/custom", collection.Maps["sized"].PinPath);
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
                BpfCollection.Load(Spec(), new CollectionOptions { PinDirectory = directory, Kernel = kernel }).Dispose();
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
