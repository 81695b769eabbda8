using System.Text;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Attaches programs to many places of a file by one link (Linux 6.6), or to entry and return of functions as a session (6.13).</summary>
internal static unsafe class UprobeMultiHook
{
    private const uint AtReturnFlag = 1, DescriptorFlag = 2; // BPF_F_UPROBE_MULTI_RETURN, BPF_F_UPROBE_MULTI_PATH_FD

    private static readonly Version Since = new(6, 6), SessionsSince = new(6, 13), DescriptorsSince = new(7, 2);
    private static readonly PerKernel<Support> Known = new(static _ => new Support());

    /// <summary>Whether this kernel attaches a program by one link as it is asked to.</summary>
    /// <remarks>
    /// Asked by a link that cannot be: to a directory. Kernels of distributions have it earlier than others. The first ones counted a
    /// probe in one thread of a process only (before Linux 6.10): there a probe for each place does what is asked for.
    /// </remarks>
    public static bool CanAttach(UprobeRequest request)
    {
        Support known = Known.Of(request.Program.Kernel);
        bool hasLinks = known.HasLinks.Get(request.Program.Kernel, _ => Probe(request.Program, process: 0) switch
        {
            Errno.EBADF => true,
            Errno.EINVAL or Errno.E2BIG or Errno.EOPNOTSUPP => false,
            _ => null,
        }) ?? true;
        if (!hasLinks || request.Scope.Id is null) return hasLinks;

        // It checks the number before it looks at the file.
        return known.CountsProcesses.Get(request.Program.Kernel, _ => Probe(request.Program, uint.MaxValue) switch
        {
            Errno.EINVAL => true,
            Errno.EBADF or Errno.ESRCH => false,
            _ => null,
        }) ?? true;
    }

    /// <summary>Attaches a program by one link.</summary>
    /// <exception cref="FeatureNotSupportedException">The kernel has no such links.</exception>
    /// <exception cref="BpfException">The kernel refused. Nothing is left attached.</exception>
    public static Attachment Attach(UprobeRequest request)
    {
        AttachType type = request.Program.AttachType ?? AttachType.TraceUprobeMulti;
        LinuxKernel kernel = request.Program.Kernel;
        if (TryAttach(request, type, out Errno error) is { } link) return link;
        string operation = $"Attach {request.What}";
        Version since = type == AttachType.TraceUprobeSession ? SessionsSince : Since;
        if (error is Errno.EINVAL or Errno.EOPNOTSUPP && KernelFacts.Of(kernel).Version < since)
        {
            throw new FeatureNotSupportedException(
                operation, type == AttachType.TraceUprobeSession ? "uprobe sessions" : "uprobes in many places by one link", since, error);
        }

        if (request.Places.Count == 1 || !IsOfPlace(error))
            throw Refusal.Explain(kernel, operation, error, UprobeHook.Needed, UprobeRefusal.Explain(request, request.Places[0], error));
        int refused = FirstRefused(request, type);
        UprobePlace place = request.Places[refused];
        string why = UprobeRefusal.Explain(request, place, error) ?? "the kernel refuses a probe there";
        if (request.Skipped is not { } skipped) throw Refusal.Explain(kernel, operation, error, UprobeHook.Needed, $"at {place}: {why}");
        skipped(place, why);
        return Attach(request.With([.. request.Places.Where((_, i) => i != refused)]));
    }

    /// <summary>Whether an error can be one of the places' alone.</summary>
    public static bool IsOfPlace(Errno error) => error is Errno.EINVAL or Errno.ENOEXEC or Errno.ENOTSUPP or Errno.EIO or Errno.EFAULT;

    /// <summary>The place on which the kernel gives up: with those before it alone, it attaches.</summary>
    public static int FirstRefused(UprobeRequest request, AttachType type)
    {
        int good = 0, bad = request.Places.Count;
        while (bad - good > 1)
        {
            int middle = good + ((bad - good) / 2);
            if (TryAttach(request.With([.. request.Places.Take(middle)]), type, out _) is { } part)
            {
                part.Close();
                good = middle;
            }
            else
            {
                bad = middle;
            }
        }

        return bad - 1;
    }

    /// <summary>Tries to attach by one link.</summary>
    /// <param name="request">What to attach to what.</param>
    /// <param name="type">For what the program was loaded.</param>
    /// <param name="error">Why not.</param>
    public static LinkAttachment? TryAttach(UprobeRequest request, AttachType type, out Errno error)
    {
        if (KernelFacts.Of(request.Program.Kernel).Version >= DescriptorsSince)
        {
            LinkAttachment? link = TryAttach(request, type, byDescriptor: true, out error);

            // A kernel that calls itself so and does not know it.
            if (link is not null || error is not (Errno.EINVAL or Errno.E2BIG)) return link;
        }

        return TryAttach(request, type, byDescriptor: false, out error);
    }

    private static LinkAttachment? TryAttach(UprobeRequest request, AttachType type, bool byDescriptor, out Errno error)
    {
        int count = request.Places.Count;
        ulong[] offsets = new ulong[count];
        ulong[]? semaphores = null, cookies = null;
        for (int i = 0; i < count; i++)
        {
            UprobePlace place = request.Places[i];
            offsets[i] = place.Offset;
            if (place.Semaphore != 0) (semaphores ??= new ulong[count])[i] = place.Semaphore;
            if (place.Cookie != 0) (cookies ??= new ulong[count])[i] = place.Cookie;
        }

        using BorrowedDescriptor program = request.Program.Handle.Borrow();
        using BorrowedDescriptor file = request.File.Handle.Borrow();
        fixed (byte* path = Encoding.UTF8.GetBytes(KernelPaths.OpenFile(file.Descriptor) + '\0'))
        fixed (ulong* firstOffset = offsets, firstSemaphore = semaphores, firstCookie = cookies)
        {
            LinkCreateAttr attr = new()
            {
                Program = program.Descriptor,
                AttachType = type,
                UprobeMulti = new UprobeMultiLinkAttr
                {
                    Path = byDescriptor ? null : path,
                    PathDescriptor = byDescriptor ? file.Descriptor : 0,
                    Offsets = firstOffset,
                    ReferenceCounterOffsets = firstSemaphore,
                    Cookies = firstCookie,
                    Count = (uint)count,
                    Flags = (request.AtReturn ? AtReturnFlag : 0) | (byDescriptor ? DescriptorFlag : 0),
                    Process = (uint)(request.Scope.Id ?? 0),
                },
            };
            return request.Program.Kernel.CreateLink(ref attr, out error) is { } link ? new LinkAttachment(link) : null;
        }
    }

    private static Errno Probe(BpfProgram program, uint process)
    {
        ulong offset = 0;
        using BorrowedDescriptor borrowed = program.Handle.Borrow();
        fixed (byte* path = "/\0"u8)
        {
            LinkCreateAttr attr = new()
            {
                Program = borrowed.Descriptor,
                AttachType = AttachType.TraceUprobeMulti,
                UprobeMulti = new UprobeMultiLinkAttr { Path = path, Offsets = &offset, Count = 1, Process = process },
            };
            using BpfHandle? link = program.Kernel.CreateLink(ref attr, out Errno error);
            return error;
        }
    }

    /// <summary>What is known of a kernel.</summary>
    private sealed class Support
    {
        public CertainAnswer HasLinks, CountsProcesses;
    }
}
