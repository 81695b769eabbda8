using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

public sealed unsafe class RodataBindingTests
{
    [Fact]
    public void Load_Constants_BelongToEveryProgram()
    {
        Requires.Kernel(5, 10, "maps that live as long as a program");
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(TestObject.Path("probe_reads")));
        uint constants = collection.Maps[".rodata"].Id;

        Assert.Equal([constants], MapsOf(collection.Programs["reads"]));
        Assert.Equal([constants], MapsOf(collection.Programs["multiplies"]));
    }

    [Fact]
    public void LoadProgram_Constants_BelongToItToo()
    {
        Requires.Kernel(5, 10, "maps that live as long as a program");
        using PreparedCollection prepared = BpfCollection.Prepare(CollectionSpec.Load(TestObject.Path("probe_reads")));
        using BpfProgram program = prepared.LoadProgram("reads", cancellation: TestContext.Current.CancellationToken);

        Assert.Equal([prepared.Maps[".rodata"].Id], MapsOf(program));
    }

    [Fact]
    public void Load_KernelCannotBind_LoadsAllTheSame_AndAsksOnce()
    {
        FaultyKernel kernel = new() { OnBpf = (command, _) => command == BpfCommand.ProgramBindMap ? Errno.EINVAL : null };
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("probe_reads"));
        ProgramSpec again = spec.Programs["reads"].Clone();
        spec.Programs.Add("again", again);

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 1, Kernel = kernel });

        Assert.Equal(4, collection.Programs.Count);
        Assert.Equal(1, kernel.Commands.Count(command => command == BpfCommand.ProgramBindMap));
    }

    private static uint[] MapsOf(BpfProgram program)
    {
        uint* ids = stackalloc uint[8];
        KernelProgramInfo info = new() { MapIds = ids, MapCount = 8 };
        Assert.Equal(Errno.None, program.Handle.Kernel.GetInfo(program.Handle, ref info));
        return new ReadOnlySpan<uint>(ids, (int)info.MapCount).ToArray();
    }
}
