using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Ebpf.Linux;
using Ebpf.Loading.Plan;

namespace Ebpf.Loading.Programs;

/// <summary>Loads the programs of a objects, several at once if they take long enough to pay for it.</summary>
/// <remarks>
/// <para>
/// The calling thread works, alone at first. Others are made from it, so that they have its network namespace and its capabilities; never
/// those of the thread pool, which have others, and which may all be waiting for this load. Where the system allows no more threads,
/// fewer work.
/// </para>
/// <para>
/// The threads take the programs in their order. After a failure none that comes later is begun, and those that come before have
/// all been begun: so the first failure, in the order of the programs, is always found, whichever thread is faster.
/// </para>
/// </remarks>
internal sealed class CollectionPrograms(
    LoadPlan plan,
    IReadOnlyList<PreparedProgram> programs,
    ProgramLoader loader,
    RodataBinding constants,
    CancellationToken cancellation)
{
    /// <summary>How long one thread works alone: what starting another one costs is small beside it.</summary>
    private const ulong AloneForNanoseconds = 2_000_000;

    /// <summary>So many instructions take the verifier longer than <see cref="AloneForNanoseconds"/> in any case.</summary>
    private const int ManyInstructions = 10_000;

    private readonly BpfProgram?[] _loaded = new BpfProgram?[programs.Count];
    private readonly ExceptionDispatchInfo?[] _failures = new ExceptionDispatchInfo?[programs.Count];
    private int _next;
    private int _done;
    private volatile bool _stop;

    /// <summary>Loads all of them into a objects, or none.</summary>
    /// <exception cref="BpfException">The kernel refused the first program that failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; no program was left.</exception>
    public void Load(LoadedObjects objects)
    {
        ulong start = plan.Kernel.TimeSinceBoot();
        Thread[] others = [];
        do
        {
            if (others.Length == 0 && IsWorthOthers(start)) others = StartOthers();
        }
        while (LoadNext());
        foreach (Thread other in others) WaitFor(other);

        try
        {
            foreach (ExceptionDispatchInfo? failure in _failures) failure?.Throw();
            cancellation.ThrowIfCancellationRequested();
        }
        catch
        {
            foreach (BpfProgram? program in _loaded) program?.Dispose();
            throw;
        }

        for (int i = 0; i < programs.Count; i++) objects.Programs.TryAdd(programs[i].Name, _loaded[i]!);
    }

    private int MaxThreads => plan.Options.Parallelism is 0 ? Environment.ProcessorCount : plan.Options.Parallelism;

    private bool IsWorthOthers(ulong start)
    {
        if (programs.Count - _next < 2 || MaxThreads < 2) return false;
        if (plan.Kernel.TimeSinceBoot() - start >= AloneForNanoseconds) return true;

        // What loops can take long too; that shows when it is done.
        int instructions = 0;
        for (int i = _next + 1; i < programs.Count && instructions <= ManyInstructions; i++) instructions += programs[i].Code.Instructions.Count;
        return instructions > ManyInstructions;
    }

    private Thread[] StartOthers()
    {
        List<Thread> started = [];
        int most = Math.Min(MaxThreads, programs.Count - _next) - 1;
        while (started.Count < most)
        {
            Thread thread = new(LoadAll) { IsBackground = true, Name = "Ebpf loading" };
            try
            {
                thread.Start();
            }
            catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
            {
                // A limit of threads or of memory (EAGAIN of clone(2)): those that there are do the work.
                break;
            }

            started.Add(thread);
        }

        return [.. started];
    }

    private void LoadAll()
    {
        while (LoadNext())
        {
        }
    }

    /// <returns>Whether there may be more to do.</returns>
    private bool LoadNext()
    {
        if (_stop || cancellation.IsCancellationRequested) return false;
        int index = Interlocked.Increment(ref _next) - 1;
        if (index >= programs.Count) return false;
        try
        {
            long start = Stopwatch.GetTimestamp();
            BpfProgram program = loader.Load(programs[index], cancellation);
            _loaded[index] = program;
            constants.Bind(program, programs[index].Code.Instructions);
            Report(programs[index].Name, program, Stopwatch.GetElapsedTime(start));
            return true;
        }
        catch (Exception e)
        {
            _failures[index] = ExceptionDispatchInfo.Capture(e);
            _stop = true;
            return false;
        }
    }

    /// <summary>Waits for a thread, whatever interrupts: it works on what is this load's.</summary>
    private static void WaitFor(Thread thread)
    {
        bool wasInterrupted = false;
        while (true)
        {
            try
            {
                thread.Join();
                break;
            }
            catch (ThreadInterruptedException)
            {
                wasInterrupted = true;
            }
        }

        if (wasInterrupted) Thread.CurrentThread.Interrupt();
    }

    private void Report(string name, BpfProgram program, TimeSpan elapsed)
    {
        int done = Interlocked.Increment(ref _done);
        if (plan.Options.Progress is not { } progress) return;
        KernelProgramInfo info = default;
        plan.Kernel.GetInfo(program.Handle, ref info);
        progress.Report(new LoadProgress
        {
            Stage = LoadStage.Programs,
            Name = name,
            Done = done,
            Total = programs.Count,
            Elapsed = elapsed,
            VerifiedInstructions = info.VerifiedInstructions,
        });
    }
}
