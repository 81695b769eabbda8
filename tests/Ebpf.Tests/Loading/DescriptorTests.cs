using System.Runtime.CompilerServices;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed class DescriptorTests
{
    [Fact]
    public void LoadProgram_MapThatWasDisposed_NamesIt_WhoeverHasItsNumberNow()
    {
        FaultyKernel kernel = new();
        using PreparedCollection prepared = BpfCollection.Prepare(Spec(), new CollectionOptions { Kernel = kernel });
        MapSpec like = Spec().Maps["pkt_count"];
        prepared.Maps["pkt_count"].Dispose();

        // One of these has the number that the map had.
        BpfMap[] strangers = [.. Enumerable.Range(0, 8).Select(_ => BpfMap.Create(like))];
        int loads = kernel.Commands.Count(command => command == BpfCommand.ProgramLoad);
        ObjectDisposedException error = Assert.Throws<ObjectDisposedException>(() => prepared.LoadProgram("count_packets"));
        Assert.Throws<ObjectDisposedException>(() => prepared.Load(TestContext.Current.CancellationToken));

        Assert.Contains("map \"pkt_count\"", error.ObjectName);
        Assert.Equal(loads, kernel.Commands.Count(command => command == BpfCommand.ProgramLoad));
        Assert.Equal(0, kernel.OpenDescriptors);
        foreach (BpfMap stranger in strangers) stranger.Dispose();
    }

    [Fact]
    public void LoadProgram_OfAPreparedCollectionThatNobodyHolds_HoldsItsMaps()
    {
        CollectionSpec spec = Spec();
        using CancellationTokenSource done = new();
        Thread collecting = new(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }
        });
        collecting.Start();
        try
        {
            for (int round = 0; round < 300; round++) LoadAlone(spec);
        }
        finally
        {
            done.Cancel();
            collecting.Join();
        }
    }

    [Fact]
    public void LoadProgram_WhileAMapIsDisposed_LoadsOrSaysSo()
    {
        CollectionSpec spec = Spec();
        for (int round = 0; round < 200; round++)
        {
            using PreparedCollection prepared = BpfCollection.Prepare(spec);
            BpfMap map = prepared.Maps["pkt_count"];
            using Barrier start = new(2);
            Thread disposing = new(() =>
            {
                start.SignalAndWait();
                map.Dispose();
            });
            disposing.Start();
            start.SignalAndWait();
            try
            {
                prepared.LoadProgram("count_packets").Dispose();
            }
            catch (ObjectDisposedException)
            {
                // Never EBADF, and never another map.
            }

            disposing.Join();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LoadAlone(CollectionSpec spec) => BpfCollection.Prepare(spec).LoadProgram("count_packets").Dispose();

    private static CollectionSpec Spec() => CollectionSpec.Load(TestObject.Path("counter"));
}
