using System.Runtime.InteropServices;
using Ebpf.TestData;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Links;

/// <summary>A system call for probes to count: getpgid(2). Tests run beside each other, so that of one thread is counted.</summary>
internal static partial class ProcessGroup
{
    public const int Calls = 25;

    /// <summary>Makes the call so many times.</summary>
    public static void CallOften()
    {
        for (int i = 0; i < Calls; i++) Assert.True(GetProcessGroup(0) >= 0);
    }

    /// <summary>The programs that count it, loaded for this thread.</summary>
    /// <param name="kernel">The kernel; <c>null</c> for the running one.</param>
    /// <param name="optional">Which of those are loaded that not every kernel takes.</param>
    public static BpfCollection Load(FaultyKernel? kernel = null, params string[] optional)
    {
        CollectionSpec spec = CollectionSpec.Load(TestObject.Path("kprobes"));
        spec.Variables["traced_thread"].Set((uint)GetThreadId());
        foreach (string name in optional) spec.Programs[name].AutoLoad = true;
        return kernel is null ? BpfCollection.Load(spec) : BpfCollection.Load(spec, new CollectionOptions { Kernel = kernel });
    }

    /// <summary>How often the programs of a number ran.</summary>
    public static ulong Seen(BpfCollection collection, ulong slot) =>
        collection.Maps["seen"].As<ulong, ulong>().TryGetValue(slot, out ulong count) ? count : 0;

    [LibraryImport("libc", EntryPoint = "gettid")]
    private static partial int GetThreadId();

    [LibraryImport("libc", EntryPoint = "getpgid")]
    private static partial int GetProcessGroup(int process);
}
