using System.Runtime.ExceptionServices;

namespace Ebpf.Links.Uprobes;

/// <summary>Attaches a program to many places by a perf event for each, on kernels without links to many.</summary>
internal static class SingleUprobes
{
    /// <summary>Starting a thread takes less than making so many probes.</summary>
    private const int PlacesPerThread = 16;

    /// <summary>More wait for the same locks of the kernel.</summary>
    private const int MaxThreads = 8;

    /// <summary>Attaches to all places of a request.</summary>
    /// <exception cref="BpfException">The kernel refused one of them; nothing is left attached.</exception>
    public static CompositeAttachment Attach(UprobeRequest request)
    {
        IReadOnlyList<UprobePlace> places = request.Places;
        Attachment?[] made = new Attachment?[places.Count];
        string?[] refused = new string?[places.Count];
        ExceptionDispatchInfo? failure = null;
        int next = 0;
        List<Thread> threads = [];
        int most = Math.Min(Math.Min(places.Count / PlacesPerThread, MaxThreads), Environment.ProcessorCount) - 1;
        try
        {
            // Made from this thread, whose rights and namespaces they have.
            while (threads.Count < most)
            {
                Thread thread = new(AttachNext) { IsBackground = true, Name = "Ebpf: attach uprobes" };
                thread.Start();
                threads.Add(thread);
            }
        }
        catch (Exception problem) when (problem is OutOfMemoryException or ThreadStartException)
        {
            // This one goes on with those that there are.
        }

        AttachNext();
        foreach (Thread thread in threads) thread.Join();
        List<Attachment> parts = [.. made.OfType<Attachment>()];
        if (failure is null && parts.Count > 0)
        {
            for (int i = 0; i < places.Count; i++)
            {
                if (refused[i] is { } why) request.Skipped!(places[i], why);
            }

            return new CompositeAttachment(parts);
        }

        CompositeAttachment.CloseAll(parts);
        failure?.Throw();
        throw new BpfException($"Attach {request.What}", Errno.EINVAL, $"the kernel refuses a probe in each of the {places.Count} places: {refused[0]}");

        void AttachNext()
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < places.Count && Volatile.Read(ref failure) is null;)
            {
                try
                {
                    made[i] = UprobeHook.AttachSingly(request.With([places[i]]));
                }
                catch (BpfException problem) when (request.Skipped is not null && UprobeMultiHook.IsOfPlace(problem.Errno))
                {
                    refused[i] = problem.Advice ?? problem.Message;
                }
                catch (Exception problem)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(Named(problem, places[i])), null);
                }
            }
        }
    }

    /// <summary>An error that is about one of the places says which.</summary>
    private static Exception Named(Exception problem, in UprobePlace place) =>
        problem is BpfException { Operation: { } operation, Advice: { } advice } refused
        && refused is not FeatureNotSupportedException && UprobeMultiHook.IsOfPlace(refused.Errno)
            ? new BpfException(operation, refused.Errno, $"at {place}: {advice}", refused)
            : problem;
}
