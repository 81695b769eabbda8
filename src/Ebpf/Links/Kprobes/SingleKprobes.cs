using System.Runtime.ExceptionServices;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Kprobes;

/// <summary>Attaches a program to many functions by a kprobe for each, on kernels without links to many.</summary>
internal static class SingleKprobes
{
    /// <summary>Starting a thread takes less than making so many probes.</summary>
    private const int ProbesPerThread = 16;

    /// <summary>More wait for the same locks of the kernel.</summary>
    private const int MaxThreads = 8;

    /// <summary>Attaches to all functions of a request, without those that the kernel refuses if that is allowed.</summary>
    /// <param name="request">The request.</param>
    /// <param name="error">Why not.</param>
    /// <exception cref="BpfException">It is not about one of the functions: no rights, no descriptors left.</exception>
    public static CompositeAttachment? Attach(ProbeRequest request, out Errno error)
    {
        List<ProbeTarget> targets = request.Targets;
        HashSet<string> blacklist = targets.Count > 1 ? FunctionDiagnosis.ReadBlacklist(request.Program.Kernel) : [];
        Attachment?[] made = new Attachment?[targets.Count];
        Errno[] errors = new Errno[targets.Count];
        ExceptionDispatchInfo? failure = null;
        int next = 0;
        List<Thread> threads = [];
        int most = Math.Min(Math.Min(targets.Count / ProbesPerThread, MaxThreads), Environment.ProcessorCount) - 1;
        try
        {
            // Made from this thread, whose rights and namespaces they have.
            while (threads.Count < most)
            {
                Thread thread = new(AttachNext) { IsBackground = true, Name = "Ebpf: attach kprobes" };
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
        request.Refused.Clear();
        for (int i = 0; i < targets.Count; i++)
        {
            if (errors[i] != Errno.None) request.Refused.Add(new RefusedTarget(targets[i], errors[i]));
        }

        error = request.Refused.Count > 0 ? request.Refused[0].Error : Errno.None;
        if (failure is null && parts.Count > 0 && (request.Refused.Count == 0 || request.SkipsRefused)) return new CompositeAttachment(parts);
        CompositeAttachment.CloseAll(parts);
        failure?.Throw();
        return null;

        void AttachNext()
        {
            for (int i; (i = Interlocked.Increment(ref next) - 1) < targets.Count && Volatile.Read(ref failure) is null;)
            {
                try
                {
                    if (blacklist.Contains(targets[i].Name ?? "")) errors[i] = Errno.EINVAL;
                    else made[i] = KprobeHook.Attach(Request(targets[i], explains: targets.Count == 1));
                }
                catch (BpfException refused) when (targets.Count > 1 && ProbeRequest.IsOfFunction(refused.Errno) && refused is not FeatureNotSupportedException)
                {
                    errors[i] = refused.Errno;
                }
                catch (Exception problem)
                {
                    Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(problem), null);
                }
            }
        }

        KprobeRequest Request(ProbeTarget target, bool explains)
        {
            KprobePlace place = new(target.Address == 0 ? target.Name : null, target.Address, 0, request.AtReturn, MaxActive: 0);
            return new KprobeRequest(request.Program, place, target.Cookie, request.What) { Explains = explains };
        }
    }
}
