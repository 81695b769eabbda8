using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.ResourceLimits;

namespace Ebpf.Links;

/// <summary>How a hook without links keeps its programs.</summary>
internal enum ProgramSlot
{
    /// <summary>Any number, of which each is detached by name, and replaced by <c>BPF_F_REPLACE</c>: a cgroup.</summary>
    Shared,

    /// <summary>One: attaching puts out the one that is there, and detaching removes whichever is there.</summary>
    Single,

    /// <summary>One that is detached by name; attaching puts out the one that is there: a socket map.</summary>
    SingleByName,

    /// <summary>Any number, of which each is detached by name and none can be replaced: an infrared receiver.</summary>
    List,
}

/// <summary>
/// A program that was attached without a link (BPF_PROG_ATTACH). It stays attached, beyond the end of the process too, until it is
/// detached or what it is attached to is gone.
/// </summary>
internal sealed unsafe class ProgramAttachment : Attachment
{
    // BPF_F_REPLACE, <linux/bpf.h>.
    private const uint ReplaceProgram = 4;

    private readonly Lock _lock = new();
    private readonly BpfHandle _target;
    private readonly AttachType _type;
    private readonly uint _flags;
    private readonly ProgramSlot _slot;
    private BpfHandle _program;
    private uint _programId;
    private bool _isClosed;

    private ProgramAttachment(BpfHandle target, BpfHandle program, uint programId, AttachType type, uint flags, ProgramSlot slot)
    {
        // Detaching needs both, and nobody but this knows when.
        (_target, _program, _programId, _type, _flags, _slot) = (target, program, programId, type, flags, slot);
        target.CloseOnlyOnDispose();
        program.CloseOnlyOnDispose();
    }

    /// <summary>Attaches a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="target">A descriptor of what it is attached to.</param>
    /// <param name="type">The attach type.</param>
    /// <param name="flags">The flags, without <c>BPF_F_REPLACE</c>.</param>
    /// <param name="replaced">The program whose place it takes; <c>null</c> for none.</param>
    /// <param name="slot">How the hook keeps its programs.</param>
    /// <param name="error">The error of the call that failed; then nothing is attached.</param>
    public static ProgramAttachment? Attach(
        BpfProgram program, int target, AttachType type, uint flags, BpfProgram? replaced, ProgramSlot slot, out Errno error)
    {
        LinuxKernel kernel = program.Kernel;
        uint id = program.Id;

        // What detaching takes is there before anything is attached.
        BpfHandle? ownTarget = BpfHandle.Take(kernel, kernel.Duplicate(target), out error);
        if (ownTarget is null) return null;
        if (program.Handle.Duplicate(out error) is not { } ownProgram)
        {
            ownTarget.Dispose();
            return null;
        }

        error = Attach(kernel, ownTarget, ownProgram, type, flags, replaced?.Handle);
        if (error == Errno.None) return new ProgramAttachment(ownTarget, ownProgram, id, type, flags, slot);
        ownProgram.Dispose();
        ownTarget.Dispose();
        return null;
    }

    public override void Close()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            _isClosed = true;
            if (IsStillOwn()) DetachNow();
            _program.Dispose();
            _target.Dispose();
        }
    }

    public override void Detach()
    {
        lock (_lock)
        {
            if (_isClosed) return;
            Errno error = IsStillOwn() ? DetachNow() : Errno.None;

            // ENOENT: it is not attached any more, or the cgroup is gone.
            if (error is not (Errno.None or Errno.ENOENT or Errno.ENODEV))
                throw Refusal.Explain(_target.Kernel, $"Detach {Description}", error, Privileges.NetAdmin);
            _isClosed = true;
            _program.Dispose();
            _target.Dispose();
        }
    }

    public override bool? IsDetached()
    {
        lock (_lock) return _isClosed ? true : FindOwn() switch { true => false, false => true, null => null };
    }

    public override void Update(BpfProgram program, BpfProgram? expected)
    {
        LinuxKernel kernel = _target.Kernel;
        string operation = $"Replace {Description} by program \"{program.Name}\"";
        if (_slot == ProgramSlot.List)
            throw new NotSupportedException($"{operation}: the kernel cannot replace programs there: attach the other one anew.");
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (expected is not null && expected.Id != _programId)
                throw new BpfException(operation, Errno.EPERM, $"the program that is attached now is {ProgramNames.Describe(kernel, _programId)}");
            if (FindOwn() == false) throw new BpfException(operation, Errno.ENOENT, "it is not attached any more");
            uint id = program.Id;
            BpfHandle own = program.Handle.Duplicate(out Errno error) ?? throw Refusal.Explain(kernel, operation, error, Privileges.None);
            error = Attach(kernel, _target, own, _type, _flags, _slot == ProgramSlot.Shared ? _program : null);
            if (error != Errno.None)
            {
                own.Dispose();
                throw Refusal.Explain(
                    kernel,
                    operation,
                    error,
                    Privileges.NetAdmin | Privileges.Bpf,
                    error == Errno.EINVAL ? "the program is of another type or attach type, or the kernel is older than 5.5" : null);
            }

            own.CloseOnlyOnDispose();
            _program.Dispose();
            (_program, _programId) = (own, id);
        }
    }

    public override LinkInfo GetInfo() => base.GetInfo() with { ProgramId = _programId };

    private static Errno Attach(LinuxKernel kernel, BpfHandle target, BpfHandle program, AttachType type, uint flags, BpfHandle? replaced)
    {
        using BorrowedDescriptor borrowedTarget = target.Borrow(), borrowedProgram = program.Borrow(), borrowedOld = replaced.Borrow();
        ProgramAttachAttr attr = new()
        {
            Target = borrowedTarget.Descriptor,
            Program = borrowedProgram.Descriptor,
            AttachType = type,
            Flags = replaced is null ? flags : flags | ReplaceProgram,
            ReplacedProgram = borrowedOld.Descriptor,
        };
        Errno error = kernel.AttachProgram(ref attr);

        // As with links: before Linux 5.11 the storage of a program in each cgroup counts against the limit.
        return error is Errno.EPERM or Errno.ENOMEM && LockedMemoryLimit.TryRaise(kernel) ? kernel.AttachProgram(ref attr) : error;
    }

    private Errno DetachNow()
    {
        using BorrowedDescriptor target = _target.Borrow(), program = _program.Borrow();
        ProgramAttachAttr attr = new() { Target = target.Descriptor, Program = program.Descriptor, AttachType = _type };
        return _target.Kernel.DetachProgram(ref attr);
    }

    /// <summary>
    /// Whether detaching would remove this program and no other: where the kernel removes whichever is there, it must be this one.
    /// </summary>
    private bool IsStillOwn() => _slot != ProgramSlot.Single || FindOwn() != false;

    /// <summary>Whether the program is attached.</summary>
    /// <returns><c>null</c> if the kernel does not tell.</returns>
    private bool? FindOwn()
    {
        const int max = 64; // Of a cgroup and of an infrared receiver.
        uint* ids = stackalloc uint[max];
        using BorrowedDescriptor target = _target.Borrow();
        ProgramQueryAttr attr = new() { Target = target.Descriptor, AttachType = _type, ProgramIds = ids, Count = max };
        return _target.Kernel.QueryPrograms(ref attr) switch
        {
            Errno.None => new ReadOnlySpan<uint>(ids, (int)Math.Min(attr.Count, max)).Contains(_programId),
            Errno.ENOENT or Errno.ENODEV => false,
            _ => null,
        };
    }
}
