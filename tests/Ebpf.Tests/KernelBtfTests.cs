using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Linux;

namespace Ebpf.Tests;

/// <summary>The running kernel's types, as users get them, and from many threads.</summary>
public sealed class KernelBtfTests
{
    private const int Threads = 8;

    [Fact]
    public void Types_AreOpenedOnce()
    {
        Assert.Same(KernelBtf.GetTypes(), KernelBtf.GetTypes());
        Assert.True(KernelBtf.TryGetTypes(out BtfSpec? types));
        Assert.True(types.Get<StructType>("task_struct").Members.Length > 50);
    }

    [Fact]
    public void TryFind_FunctionOfTheKernel_IsInNoModule()
    {
        Assert.True(KernelBtf.TryFind("vfs_read", out FunctionType? function, out string? module));
        Assert.Equal("vfs_read", function.Name);
        Assert.Null(module);
        Assert.False(KernelBtf.TryFind("vfs_read", out StructType? _, out _));
    }

    [Fact]
    public void Modules_ThatAreLoaded_CanBeRead()
    {
        foreach (string name in KernelBtf.ListModules())
        {
            BtfSpec types = KernelBtf.GetModule(name);
            Assert.True(types.Count > KernelBtf.GetTypes().Count, name);
            Assert.Same(KernelBtf.GetTypes()[1], types[1]);
        }

        Assert.False(KernelBtf.TryGetModule("no_such_module", out _));
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => KernelBtf.GetModule("no_such_module"));
        Assert.Equal("No loaded module is called \"no_such_module\", or it has no BTF.", error.Message);
    }

    [Fact]
    public void Find_FromManyThreads_GivesEachTheSameObjects()
    {
        KernelTypes types = new(RunningKernel.Instance);
        string[] names = ["task_struct", "sk_buff", "inode", "file", "mm_struct", "net_device", "cred", "dentry", "bio", "page", "sock", "pid"];
        StructType[][] found = InParallel(_ => names.Select(name => types.Read()!.Get<StructType>(name)).ToArray());

        foreach (StructType[] each in found)
        {
            for (int i = 0; i < names.Length; i++) Assert.Same(found[0][i], each[i]);
        }
    }

    [Fact]
    public void Decode_FromManyThreads_GivesEachTheSameObjects()
    {
        BtfSpec types = new KernelTypes(RunningKernel.Instance).Read()!;
        uint[] ids = [.. Enumerable.Range(0, 20_000).Select(i => (uint)(i * 6 % types.Count))];

        BtfType[][] decoded = InParallel(_ => Array.ConvertAll(ids, id => types[id]));

        for (int i = 0; i < ids.Length; i++)
        {
            Assert.Equal(ids[i], decoded[0][i].Id.Value);
            foreach (BtfType[] other in decoded) Assert.Same(decoded[0][i], other[i]);
        }
    }

    [Fact]
    public void Release_WhileOthersReadAndTheCollectorRuns_HurtsNobody()
    {
        KernelTypes types = new(RunningKernel.Instance);
        string[] names = ["task_struct", "sk_buff", "inode", "file", "mm_struct", "net_device", "cred", "dentry", "bio", "page"];

        int[] seen = InParallel(thread =>
        {
            int members = 0;
            for (int i = 0; i < 60; i++)
            {
                BtfSpec own = types.Read()!;
                foreach (string name in names) members += own.Get<StructType>(name).Members.Length;
                types.Release();
                if (thread == 0)
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                }
            }

            return members;
        });

        Assert.All(seen, members => Assert.Equal(seen[0], members));
    }

    private static T[] InParallel<T>(Func<int, T> work)
    {
        T[] results = new T[Threads];
        using Barrier start = new(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            results[i] = work(i);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        return results;
    }
}
