using Ebpf.Tests.Assigning;
using Ebpf.Tests.Linux;
using Ebpf.Tests.Maps;

namespace Ebpf.Tests.Loading;

/// <summary>
/// Every single call of a whole load fails once, with every error that says something else: nothing is ever left open, mapped, pinned
/// or half assigned.
/// </summary>
public sealed class LoadFaultTests(BpfFileSystemFixture files) : IClassFixture<BpfFileSystemFixture>
{
    /// <summary>Read once: what is tested here is not the reading of the kernel's types, which has tests of its own.</summary>
    private static readonly BtfSpec KernelTypes = KernelBtf.GetTypes();

    /// <summary>Whether this kernel tells how it was built; those of some distributions do not, without their files in /boot.</summary>
    private static bool TellsSettings =>
        File.Exists("/proc/config.gz") || File.Exists($"/boot/config-{File.ReadAllText("/proc/sys/kernel/osrelease").Trim()}");

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ENOMEM)]
    [InlineData(Errno.EINVAL)]
    [InlineData(Errno.EAGAIN)]
    [InlineData(Errno.EINTR)]
    [InlineData(Errno.ENOSPC)]
    public void Load_AnyOneCallFails_LeavesNothing(Errno error) => FailEach(error, parallelism: 1, "load", (spec, options, kernel) =>
    {
        using BpfCollection collection = BpfCollection.Load(spec, options with { Kernel = kernel });
        try
        {
            foreach (BpfVariable variable in collection.Variables.Values) variable.ToArray();
        }
        catch (BpfException)
        {
            // Loaded it is, even if a section cannot be read.
        }
    });

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ENOMEM)]
    [InlineData(Errno.EINVAL)]
    [InlineData(Errno.EAGAIN)]
    [InlineData(Errno.EINTR)]
    [InlineData(Errno.ENOSPC)]
    public void LoadAndAssign_AnyOneCallFails_LeavesNothing(Errno error) => FailEach(error, parallelism: 1, "assign", (spec, options, kernel) =>
    {
        Everything target = new();
        try
        {
            spec.LoadAndAssign(target, options with { Kernel = kernel });
        }
        catch
        {
            Assert.Null(target.FlowStats);
            Assert.Null(target.Shared);
            Assert.Null(target.Numbers);
            Assert.Null(target.Waiting);
            Assert.Null(target.Turns);
            Assert.Null(target.Total);
            Assert.Null(target.Hz);
            Assert.Null(target.Limit);
            throw;
        }

        target.Dispose();
        target.Total!.Map.Dispose();
        target.Hz!.Map.Dispose();
    });

    [Fact]
    public void Load_AnyOneCallFailsWhileSeveralThreadsLoad_LeavesNothing() =>
        FailEach(Errno.ENOMEM, parallelism: 4, "threads", (spec, options, kernel) => BpfCollection.Load(spec, options with { Kernel = kernel }).Dispose());

    [Fact]
    public void Prepare_AnyOneCallFails_LeavesNothing() => FailEach(Errno.ENOMEM, parallelism: 1, "prepare", (spec, options, kernel) =>
    {
        using PreparedCollection prepared = BpfCollection.Prepare(spec, options with { Kernel = kernel });
        using BpfProgram program = prepared.LoadProgram("left");
        using BpfCollection collection = prepared.Load(TestContext.Current.CancellationToken);
    });

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ENOMEM)]
    public void Load_AnyOneCallFailsOfAnObjectThatAsksForTheKernelsTypes_LeavesNothing(Errno error) =>
        FailEach(error, parallelism: 1, "types", (spec, options, kernel) =>
        {
            foreach (ProgramSpec program in spec.Programs.Values) program.AutoLoad = program.Name is "careful" or "enter";
            spec.Maps["turns"].Initializers.Clear();
            BpfCollection.Load(spec, options with { KernelTypes = null, Kernel = kernel }).Dispose();
        });

    [Theory]
    [InlineData(Errno.EPERM)]
    [InlineData(Errno.ENOMEM)]
    [InlineData(Errno.EINVAL)]
    [InlineData(Errno.EMFILE)]
    [InlineData(Errno.ENOSPC)]
    public void LoadOneProgram_AnyOneCallFails_LeavesNothing(Errno error)
    {
        Requires.Kernel(5, 12, "atomic additions that fetch, without which the program is loaded again in another form,");
        CollectionSpec spec = CollectionSpec.Load(TestData.TestObject.Path("counter"));
        int failures = 0;
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new();
            using PreparedCollection prepared = BpfCollection.Prepare(spec, new CollectionOptions { Kernel = kernel });
            int open = kernel.OpenDescriptors, before = kernel.Calls;
            CollectionOptions options = new() { Kernel = kernel, Maps = prepared.Maps.ToDictionary(map => map.Key, map => map.Value) };
            (kernel.FailingCall, kernel.FailingWith) = (before + call, error);
            try
            {
                BpfProgram.Load(spec.Programs["count_packets"], options, TestContext.Current.CancellationToken).Dispose();
            }
            catch (BpfException failure)
            {
                Assert.Contains(error.ToString(), failure.Message);
                failures++;
            }

            Assert.Equal(open, kernel.OpenDescriptors);
            if (kernel.Calls < before + call) break;
        }

        Assert.True(failures > 0, "no call that failed made loading fail");
    }

    private void FailEach(Errno error, int parallelism, string name, Action<CollectionSpec, CollectionOptions, FaultyKernel> load)
    {
        CollectionSpec spec = LoadAndAssignTests.Spec();
        spec.Maps["shared"].Pinning = MapPinning.ByName;

        // Bound to a tracepoint of the kernel's, for which its types are read.
        if (name != "types") spec.Programs["enter"].AutoLoad = false;
        int failures = 0;
        for (int call = 1; ; call++)
        {
            string directory = $"{files.Root}/{name}{error}{call}";
            CollectionOptions options = new() { PinDirectory = directory, Parallelism = parallelism, KernelTypes = KernelTypes };
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = error };
            if (!TellsSettings) kernel.Files["/proc/config.gz"] = "CONFIG_HZ=250\n";
            bool isLoaded = true;
            try
            {
                load(spec, options, kernel);
            }
            catch (BpfException failure)
            {
                Assert.Contains(error.ToString(), failure.Message);
                isLoaded = false;
                failures++;
            }

            Assert.True(kernel.OpenDescriptors == 0, $"call {call} left {kernel.OpenDescriptors} descriptors open");

            // The one call whose failure leaves something is the one that takes the memory away when all is over. The kernel's types
            // are kept for the next load.
            int kept = name == "types" ? 1 : 0;
            Assert.True(kernel.MappedDescriptors <= kept || isLoaded, $"call {call} left memory mapped");
            string[] pins = Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [];
            Assert.True(pins.Length == (isLoaded ? 1 : 0), $"call {call} left {pins.Length} pins; loaded: {isLoaded}");
            Assert.True(Directory.Exists(directory) == isLoaded, $"call {call} left the directory for pins; loaded: {isLoaded}");
            foreach (string pin in pins) File.Delete(pin);
            if (Directory.Exists(directory)) Directory.Delete(directory);
            if (kernel.Calls < call) break;
        }

        // The kernel's interruptions are no failures.
        Assert.True(failures > 0 || error is Errno.EAGAIN or Errno.EINTR, "no call that failed made loading fail");
    }
}
