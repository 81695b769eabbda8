using System.Runtime.ExceptionServices;

namespace Ebpf.Links;

/// <summary>Several attachments under one owner: the probes of a pattern, one perf event for each CPU.</summary>
/// <remarks>
/// They are closed in the reverse order. Many that the kernel closes slowly (a kprobe or uprobe through a perf event: 0.04 to 0.5 seconds
/// each) are closed by several threads at the same time, which are made for it: closing waits in the kernel, and would take threads of
/// the pool from others. What waits under a lock of the kernel's (event_mutex, for perf events of uprobes) gains nothing by it.
/// </remarks>
/// <param name="parts">The parts, in the order in which they were made, which this takes.</param>
internal sealed class CompositeAttachment(IReadOnlyList<Attachment> parts) : Attachment
{
    /// <summary>Threads for fewer would cost more than they save.</summary>
    public const int MinForThreads = 8;

    /// <summary>What waits, waits for a grace period of the whole machine: more threads wait for the same.</summary>
    public const int MaxThreads = 64;

    private int _closed;

    /// <summary>The parts.</summary>
    public IReadOnlyList<Attachment> Parts => parts;

    public override bool ClosesSlowly => parts.Any(part => part.ClosesSlowly);

    public override BpfLink? Owner
    {
        get => base.Owner;
        set
        {
            base.Owner = value;
            foreach (Attachment part in parts) part.Owner = value;
        }
    }

    public override void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0) CloseAll(parts);
    }

    public override bool? IsDetached()
    {
        if (Volatile.Read(ref _closed) != 0) return true;
        bool? all = true;
        foreach (Attachment part in parts)
        {
            switch (part.IsDetached())
            {
                case false: return false;
                case null: all = null; break;
            }
        }

        return all;
    }

    public override void Update(BpfProgram program, BpfProgram? expected) => throw new NotSupportedException(
        $"{Description} is attached in {parts.Count} places, whose programs cannot be replaced in one step: attach the other one anew.");

    /// <summary>Closes attachments, the last one first; also those after one that fails.</summary>
    public static void CloseAll(IReadOnlyList<Attachment> attachments)
    {
        int left = attachments.Count;
        Exception? first = null;
        if (left < MinForThreads || !attachments.Any(attachment => attachment.ClosesSlowly))
        {
            CloseNext();
        }
        else
        {
            // This thread is one of them, and goes on alone where no more can be made.
            List<Thread> threads = [];
            try
            {
                while (threads.Count < Math.Min(attachments.Count, MaxThreads) - 1)
                {
                    Thread thread = new(CloseNext, maxStackSize: 256 * 1024) { IsBackground = true, Name = "Ebpf: close links" };
                    thread.Start();
                    threads.Add(thread);
                }
            }
            catch (Exception error) when (error is OutOfMemoryException or ThreadStartException)
            {
            }

            CloseNext();
            foreach (Thread thread in threads) thread.Join();
        }

        if (first is not null) ExceptionDispatchInfo.Throw(first);

        void CloseNext()
        {
            for (int i; (i = Interlocked.Decrement(ref left)) >= 0;)
            {
                try
                {
                    attachments[i].Close();
                }
                catch (Exception error)
                {
                    Interlocked.CompareExchange(ref first, error, null);
                }
            }
        }
    }
}
