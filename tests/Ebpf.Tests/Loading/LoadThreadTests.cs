using System.Collections.Concurrent;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Loading;

public sealed class LoadThreadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public void Load_WhatIsQuick_IsDoneByTheCallerAlone()
    {
        ConcurrentDictionary<int, int> threads = [];
        FaultyKernel kernel = Watched(threads, _ => { });
        kernel.OnTime = () => 1_000;

        using BpfCollection collection = BpfCollection.Load(Many(12), new CollectionOptions { Parallelism = 8, Kernel = kernel });

        Assert.Equal((Environment.CurrentManagedThreadId, 12), (Assert.Single(threads).Key, threads.Values.Single()));
    }

    [Fact]
    public void Load_WhatTakesLong_IsDoneByThreadsOfTheLoadersOwnToo()
    {
        ConcurrentDictionary<int, int> threads = [];
        ConcurrentBag<Thread> workers = [];
        long time = 0;
        using Barrier together = new(2);
        int loads = 0;
        FaultyKernel kernel = Watched(threads, _ =>
        {
            workers.Add(Thread.CurrentThread);

            // The first takes two milliseconds; the others go on only when two are loaded at the same time.
            Interlocked.Add(ref time, 2_000_000);
            if (Interlocked.Increment(ref loads) > 1) Assert.True(together.SignalAndWait(Patience));
        });
        kernel.OnTime = () => (ulong)Interlocked.Read(ref time);

        using BpfCollection collection = BpfCollection.Load(Many(3), new CollectionOptions { Parallelism = 2, Kernel = kernel });

        Assert.Equal(2, threads.Count);
        Assert.Contains(Environment.CurrentManagedThreadId, threads.Keys);
        Assert.All(workers.Where(worker => worker != Thread.CurrentThread), worker => Assert.Equal("Ebpf loading", worker.Name));
        Assert.Equal(["p0", "p1", "p2"], collection.Programs.Keys);
    }

    [Fact]
    public void Load_ManyInstructions_DoesNotWaitForTheFirstProgram()
    {
        ConcurrentDictionary<int, int> threads = [];
        using Barrier together = new(2);
        FaultyKernel kernel = Watched(threads, _ => Assert.True(together.SignalAndWait(Patience)));
        kernel.OnTime = () => 1_000;
        CollectionSpec spec = Code.Spec(Code.Returning(0), Code.Returning(1, Code.Straight(10_001)));

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 2, Kernel = kernel });

        Assert.Equal(2, threads.Count);
    }

    [Fact]
    public void Load_OnAThreadInAnotherNetwork_LoadsEverythingThere()
    {
        ConcurrentDictionary<string, int> networks = [];
        using Barrier together = new(2);
        FaultyKernel kernel = new()
        {
            OnTime = () => 1_000,
            OnBpf = (command, _) =>
            {
                if (command != BpfCommand.ProgramLoad) return null;
                networks.AddOrUpdate(ThreadCalls.Network, 1, (_, count) => count + 1);
                Assert.True(together.SignalAndWait(Patience));
                return null;
            },
        };
        CollectionSpec spec = Code.Spec([.. Enumerable.Range(0, 4).Select(i => Code.Returning(i, Code.Straight(10_001)))]);
        string outside = ThreadCalls.Network, inside = "";
        Exception? failure = null;
        Thread thread = new(() =>
        {
            try
            {
                ThreadCalls.LeaveNetwork();
                inside = ThreadCalls.Network;
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
        Assert.NotEqual(outside, inside);
        Assert.Equal([KeyValuePair.Create(inside, 4)], networks);
    }

    [Fact]
    public void Load_NoThreadCanBeStarted_IsDoneByTheCaller()
    {
        using Rights.Child child = Rights.Child.Start(
            ["setpriv", "--reuid=64321", "--regid=64321", "--clear-groups", "--inh-caps=+bpf,+perfmon,+net_admin", "--ambient-caps=+bpf,+perfmon,+net_admin"],
            ["threads"]);

        Assert.Equal("ready\nno thread can be started\nloaded 6 programs", child.Finish());
    }

    [Fact]
    public void Load_NoDescriptorIsLeftForTheProgram_IsNotTheVerifiersFault()
    {
        using Rights.Child child = Rights.Child.Start(["env"], ["descriptors"]);

        Assert.Equal(
            "BpfException: Load program \"last\": EMFILE: this process has as many open files as it may have (RLIMIT_NOFILE)", child.Finish());
    }

    private static CollectionSpec Many(int count) => Code.Spec([.. Enumerable.Range(0, count).Select(i => Code.Returning(i))]);

    private static FaultyKernel Watched(ConcurrentDictionary<int, int> threads, Action<int> onLoad) => new()
    {
        OnBpf = (command, _) =>
        {
            if (command != BpfCommand.ProgramLoad) return null;
            threads.AddOrUpdate(Environment.CurrentManagedThreadId, 1, (_, count) => count + 1);
            onLoad(threads.Count);
            return null;
        },
    };
}
