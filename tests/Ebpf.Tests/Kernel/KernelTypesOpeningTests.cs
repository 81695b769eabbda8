using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Linux;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Kernel;

/// <summary>Opening the kernel's own types: the running kernel's, and those of older kernels.</summary>
public sealed class KernelTypesOpeningTests
{
    private const string File = "/sys/kernel/btf/vmlinux";

    [Fact]
    public void Read_KernelThatMaps_CopiesNothing()
    {
        Requires.Kernel(6, 16, "mapping of the kernel's types");
        KernelTypes types = new(RunningKernel.Instance);
        Touch(new KernelTypes(RunningKernel.Instance));

        long before = GC.GetAllocatedBytesForCurrentThread();
        Touch(types);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        // Slots for decoded types take 8 bytes for every 64 types; the BTF itself has 5 MB, its index 0.5 MB.
        Assert.InRange(allocated, 0, 4096 + (types.Read()!.Count / 64 * 8) + 20_000);
    }

    [Fact]
    public void Read_KernelThatCannotMap_ReadsTheSame()
    {
        KernelTypes mapped = new(RunningKernel.Instance);
        FaultyKernel old = new() { OnMmap = () => Errno.ENODEV };

        BtfSpec read = new KernelTypes(old).Read()!;

        Assert.Equal(mapped.Read()!.Count, read.Count);
        Assert.Equal(mapped.Read()!.Get<StructType>("task_struct").Size, read.Get<StructType>("task_struct").Size);
        Assert.Equal(0, old.OpenDescriptors);
    }

    [Fact]
    public void Read_FileThatIsLongerThanItsSizeSays_IsReadToItsEnd()
    {
        using BtfDirectory directory = new();
        string file = directory.Kernel.Replacements["/sys/kernel/btf"] + "/vmlinux";

        Assert.Equal(Errno.None, RunningKernel.Instance.ReadFile(file, 30, out byte[] longer));
        Assert.Equal(Errno.None, RunningKernel.Instance.ReadFile(file, 1 << 20, out byte[] shorter));

        Assert.Equal(System.IO.File.ReadAllBytes(file), longer);
        Assert.Equal(longer, shorter);
    }

    [Fact]
    public void Read_OthersLetGoAllTheTime_IsNeverWithoutTypes()
    {
        using BtfDirectory directory = new();
        KernelTypes types = directory.Types;
        int without = 0;
        Thread[] threads = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (types.Read() is null) Interlocked.Increment(ref without);
                types.Release();
            }
        }))];

        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Equal(0, without);
    }

    [Fact]
    public void Read_Damaged_NamesTheFile()
    {
        using BtfDirectory directory = new();
        directory.Write("vmlinux", [0x9f, 0xeb, 1, 0, 1]);

        ObjectFormatException error = Assert.Throws<ObjectFormatException>(() => directory.Types.Read());

        Assert.StartsWith($"{File}: section \".BTF\": offset 0x0: BTF of 5 bytes is shorter than its header", error.Message);
    }

    [Fact]
    public void Read_Forbidden_SaysSo()
    {
        // After statx, open and mmap, open once more.
        FaultyKernel kernel = new() { FailingCall = 4, FailingWith = Errno.EACCES, OnMmap = () => Errno.ENODEV };

        BpfException error = Assert.Throws<BpfException>(() => new KernelTypes(kernel).Read());

        Assert.Equal($"Read the kernel's BTF from {File}: EACCES", error.Message);
    }

    [Fact]
    public void Read_WithoutTheFile_TakesTheRawTypesOfTheRelease()
    {
        using BtfDirectory directory = new();
        FaultyKernel kernel = OldKernel();
        kernel.Replacements["/boot/vmlinux-9.9.9-old"] = directory.Kernel.Replacements["/sys/kernel/btf"] + "/vmlinux";

        BtfSpec? types = new KernelTypes(kernel).Read();

        Assert.Equal(4u, types!.Get<StructType>("in_kernel").Size);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Read_WithoutTheFile_TakesTheTypesOfAnElfFile_AfterOnesThatCannotBeUsed()
    {
        using BtfDirectory directory = new();
        directory.Write("vmlinux", new byte[10_000]);
        FaultyKernel kernel = OldKernel();
        kernel.Replacements["/boot/vmlinux-9.9.9-old"] = directory.Kernel.Replacements["/sys/kernel/btf"] + "/vmlinux";
        kernel.Replacements["/usr/lib/debug/lib/modules/9.9.9-old/vmlinux"] = TestObject.Path("counter");

        BtfSpec? types = new KernelTypes(kernel).Read();

        Assert.Equal(CollectionSpec.Load(TestObject.Path("counter")).Types!.Count, types!.Count);
        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Read_ElfFileCutOffAnywhere_IsPassedOver()
    {
        using BtfDirectory directory = new();
        byte[] whole = System.IO.File.ReadAllBytes(TestObject.Path("counter"));
        FaultyKernel kernel = OldKernel();
        kernel.Replacements["/boot/vmlinux-9.9.9-old"] = directory.Kernel.Replacements["/sys/kernel/btf"] + "/vmlinux";
        for (int length = 0; length < whole.Length; length += 97)
        {
            directory.Write("vmlinux", whole[..length]);
            Assert.Null(new KernelTypes(kernel).Read());
        }

        Assert.Equal(0, kernel.OpenDescriptors);
    }

    [Fact]
    public void Read_KernelWithoutTypes_IsNull()
    {
        KernelTypes types = new(OldKernel());

        Assert.Null(types.Read());
        Assert.Empty(types.ReadModules());
        Assert.Null(types.ReadModule("any"));
        Assert.False(types.TryFind("task_struct", null, out StructType? _, out _));
    }

    [Fact]
    public void Read_AnyOneCallFails_EndsWithAnErrorOrTheTypes_AndLeavesNothingOpen()
    {
        for (int call = 1; ; call++)
        {
            FaultyKernel kernel = new() { FailingCall = call, FailingWith = Errno.EACCES };
            try
            {
                Assert.True(new KernelTypes(kernel).Read()!.Count > 10_000);
            }
            catch (BpfException error)
            {
                Assert.Contains("EACCES", error.Message);
            }

            Assert.Equal(0, kernel.OpenDescriptors);
            if (kernel.Calls < call) break;
        }
    }

    [Fact]
    public void Release_LetsGo_AndWhatIsHeldGoesOnToWork()
    {
        KernelTypes types = new(RunningKernel.Instance);
        BtfSpec first = types.Read()!;
        StructType task = first.Get<StructType>("task_struct");

        types.Release();

        BtfSpec second = types.Read()!;
        Assert.NotSame(first, second);
        Assert.NotSame(task, second.Get<StructType>("task_struct"));
        Assert.Equal(task.Members.Length, second.Get<StructType>("task_struct").Members.Length);
        Assert.Equal(task.Size, first.Get<StructType>("task_struct").Size);
    }

    [Fact]
    public void Release_WhatNobodyHolds_IsCollected()
    {
        KernelTypes types = new(RunningKernel.Instance);
        WeakReference weak = OpenAndRelease(types);

        for (int i = 0; i < 10 && weak.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.False(weak.IsAlive);
    }

    private static FaultyKernel OldKernel() => new()
    {
        Files = { [FaultyKernel.Release] = "9.9.9-old\n", [File] = null },
        Replacements = { ["/sys/kernel/btf"] = "/nonexistent" },
    };

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference OpenAndRelease(KernelTypes types)
    {
        WeakReference weak = new(types.Read());
        Touch(types);
        types.Release();
        return weak;
    }

    private static void Touch(KernelTypes types) => Assert.NotEmpty(types.Read()!.Get<StructType>("task_struct").Name);
}
