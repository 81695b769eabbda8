using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Ebpf.Linux;

namespace Ebpf.Loading;

/// <summary>Loads the programs of a collection, several at once.</summary>
/// <remarks>
/// The threads take the programs in their order. After a failure none that comes later is begun, and those that come before have
/// all been begun: so the first failure, in the order of the programs, is always found, whichever thread is faster.
/// </remarks>
internal sealed class CollectionPrograms(
    LoadContext context, IReadOnlyList<PreparedProgram> programs, CollectionTypes? types, CancellationToken cancellation)
{
    private readonly ProgramLoader _loader = new(context.Kernel, context.Options, context.TypesRefusal);
    private readonly RodataBinding _constants = new(context);
    private readonly BpfProgram?[] _loaded = new BpfProgram?[programs.Count];
    private readonly ExceptionDispatchInfo?[] _failures = new ExceptionDispatchInfo?[programs.Count];
    private int _next = -1;
    private int _done;
    private volatile bool _stop;

    /// <summary>Loads all of them into the collection, or none.</summary>
    /// <exception cref="BpfException">The kernel refused the first program that failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; no program was left.</exception>
    public void Load()
    {
        int most = context.Options.Parallelism is 0 ? Environment.ProcessorCount : context.Options.Parallelism;
        Task[] others = new Task[Math.Max(Math.Min(most, programs.Count) - 1, 0)];
        for (int i = 0; i < others.Length; i++) others[i] = Task.Run(LoadNext, CancellationToken.None);
        LoadNext();
        Task.WaitAll(others);

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

        for (int i = 0; i < programs.Count; i++) context.Collection.Programs.TryAdd(programs[i].Name, _loaded[i]!);
    }

    private void LoadNext()
    {
        while (!_stop && !cancellation.IsCancellationRequested)
        {
            int index = Interlocked.Increment(ref _next);
            if (index >= programs.Count) return;
            try
            {
                long start = Stopwatch.GetTimestamp();
                BpfProgram program = _loader.Load(programs[index], types);
                _loaded[index] = program;
                _constants.Bind(program, programs[index].Code);
                Report(programs[index].Name, program, Stopwatch.GetElapsedTime(start));
            }
            catch (Exception e)
            {
                _failures[index] = ExceptionDispatchInfo.Capture(e);
                _stop = true;
            }
        }
    }

    private void Report(string name, BpfProgram program, TimeSpan elapsed)
    {
        int done = Interlocked.Increment(ref _done);
        if (context.Options.Progress is not { } progress) return;
        KernelProgramInfo info = default;
        context.Kernel.GetInfo(program.Handle, ref info);
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
