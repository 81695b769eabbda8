using System.Runtime.InteropServices;
using Ebpf.Asm;

namespace Ebpf.Tests.Child;

/// <summary>Uses the library where something is missing that usually is there.</summary>
internal static unsafe partial class Surroundings
{
    private const int NewMounts = 0x20000; // CLONE_NEWNS
    private const uint Recursive = 0x4000, Private = 0x40000; // MS_REC, MS_PRIVATE
    private const int Detach = 2; // MNT_DETACH

    /// <summary>No thread of the pool is free, and no more can be added.</summary>
    public static void UseWithBusyPool(string counter, string tracing)
    {
        int threads = Environment.ProcessorCount;
        using CountdownEvent busy = new(threads);
        using ManualResetEventSlim done = new();
        if (!ThreadPool.SetMinThreads(threads, 1) || !ThreadPool.SetMaxThreads(threads, threads)) throw new BpfException("the pool cannot be limited");
        for (int i = 0; i < threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                _ =>
                {
                    busy.Signal();
                    done.Wait();
                },
                null);
        }

        busy.Wait();
        ThreadPool.GetAvailableThreads(out int free, out _);
        Console.WriteLine($"{free} threads of the pool are free");
        LoadMany();
        Loading.Load(counter);
        Attach(tracing);
        Enumerate();
        done.Set();
    }

    /// <summary>The parent takes care that there are no more threads.</summary>
    public static void LoadAgainWithoutThreads()
    {
        // What the runtime starts when it is first needed is there by then.
        LoadMany(parallelism: 1);
        Console.ReadLine();
        Limits.TellWhetherThreadsCanBeStarted();
        LoadMany();
    }

    /// <summary>As many programs as are verified by several threads.</summary>
    private static void LoadMany(int parallelism = 4)
    {
        CollectionSpec spec = new();
        for (int i = 0; i < 6; i++)
        {
            InstructionList code = [];
            for (int k = 0; k < 4000; k++) code.Add(Instruction.Mov(Register.R0, k));
            code.Add(Instruction.Exit());
            spec.Programs.Add($"p{i}", new ProgramSpec { Name = $"p{i}", Type = ProgramType.SocketFilter, License = "GPL", Instructions = code });
        }

        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = parallelism });
        BenchmarkResult result = collection.Programs["p0"].Benchmark(new byte[64], 10);
        Console.WriteLine($"loaded {collection.Programs.Count} programs, ran one {result.Runs} times");
    }

    /// <summary>/proc is not mounted.</summary>
    public static void UseWithoutProc(string counter)
    {
        Unmount("/proc");
        if (Directory.Exists("/proc/self")) throw new BpfException("/proc is still there");
        LoadMany();
        Loading.Load(counter);
        Loading.TellFeatures();
        Enumerate();
    }

    /// <summary>No BPF file system is mounted.</summary>
    public static void UseWithoutBpfFileSystem(string counter)
    {
        Unmount("/sys/fs/bpf");
        Loading.Load(counter);
        CollectionSpec spec = new();
        spec.Maps.Add("pinned", new MapSpec { Name = "pinned", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1, Pinning = MapPinning.ByName });
        BpfCollection.Load(spec).Dispose();
    }

    private static void Attach(string tracing)
    {
        using BpfCollection collection = BpfCollection.Load(CollectionSpec.Load(tracing));
        using BpfLink link = collection.Programs["on_raw_enter"].Attach();
        Console.WriteLine($"attached {link.Type}");
    }

    private static void Enumerate()
    {
        CollectionSpec spec = new();
        spec.Maps.Add("numbers", new MapSpec { Name = "numbers", Type = MapType.Hash, KeySize = 4, ValueSize = 4, MaxEntries = 1000 });
        using BpfCollection collection = BpfCollection.Load(spec);
        BpfMap<uint, uint> numbers = collection.Maps["numbers"].As<uint, uint>();
        for (uint i = 0; i < 1000; i++) numbers[i] = i;
        Console.WriteLine($"enumerated {numbers.Count()} elements");
    }

    private static void Unmount(string place)
    {
        if (Unshare(NewMounts) != 0 || Mount(null, "/", null, Recursive | Private, 0) != 0 || Unmount(place, Detach) != 0)
            throw new BpfException($"Unmount {place}", (Errno)Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string? source, string target, string? type, uint flags, nint data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
