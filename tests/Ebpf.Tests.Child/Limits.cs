using System.Runtime.InteropServices;
using Ebpf.Asm;

namespace Ebpf.Tests.Child;

/// <summary>Loads programs in a process that may have no more of something.</summary>
internal static unsafe partial class Limits
{
    private const int Files = 7, Processes = 6;

    /// <summary>No more threads: for a user without CAP_SYS_RESOURCE.</summary>
    public static void LoadWithoutThreads()
    {
        CollectionSpec spec = new();
        for (int i = 0; i < 6; i++) spec.Programs.Add($"p{i}", Program($"p{i}", 4000));

        // What the runtime starts when it is first needed is there by then.
        BpfCollection.Load(spec, new CollectionOptions { Parallelism = 1 }).Dispose();
        Console.WriteLine("ready");
        SetLimit(Processes, 0);
        TellWhetherThreadsCanBeStarted();
        using BpfCollection collection = BpfCollection.Load(spec, new CollectionOptions { Parallelism = 4 });
        Console.WriteLine($"loaded {collection.Programs.Count} programs");
    }

    /// <summary>Tries to start a thread.</summary>
    public static void TellWhetherThreadsCanBeStarted()
    {
        try
        {
            new Thread(() => { }).Start();
            Console.WriteLine("threads can be started");
        }
        catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
        {
            Console.WriteLine("no thread can be started");
        }
    }

    /// <summary>No more descriptors when the verifier has accepted the program.</summary>
    public static void LoadWithoutDescriptors()
    {
        CollectionSpec spec = new();
        spec.Programs.Add("last", Program("last", 10));
        using PreparedCollection prepared = BpfCollection.Prepare(spec);

        // What is loaded when it is first needed is there by then.
        try
        {
            prepared.LoadProgram("last").Dispose();
            _ = new BpfException("x", Errno.EMFILE).ToString();
        }
        catch (BpfException)
        {
        }

        int next = Duplicate(0);
        _ = Close(next);
        SetLimit(Files, (ulong)next);
        try
        {
            prepared.LoadProgram("last").Dispose();
        }
        catch (BpfException e)
        {
            SetLimit(Files, 1024);
            Console.WriteLine($"{e.GetType().Name}: {e.Message}");
        }
    }

    private static ProgramSpec Program(string name, int length)
    {
        InstructionList code = [];
        for (int i = 0; i < length; i++) code.Add(Instruction.Mov(Register.R0, i));
        code.Add(Instruction.Exit());
        return new ProgramSpec { Name = name, Type = ProgramType.SocketFilter, License = "GPL", Instructions = code };
    }

    private static void SetLimit(int resource, ulong limit)
    {
        ulong* both = stackalloc ulong[2];
        if (GetResourceLimit(resource, both) != 0) throw new BpfException("getrlimit failed");
        both[0] = limit;
        if (SetResourceLimit(resource, both) != 0) throw new BpfException("setrlimit failed");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetResourceLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, ulong* limits);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
