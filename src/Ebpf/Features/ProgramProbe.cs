using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.BtfObjects;
using Ebpf.Common;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Features;

/// <summary>Loads the smallest programs that tell whether the kernel has something.</summary>
/// <remarks>
/// The answers are told apart by errno, and by whether the verifier said anything at all: it is asked only for programs whose
/// kind the kernel knows. What it says is never read, since the words change from version to version.
/// </remarks>
internal sealed unsafe class ProgramProbe(LinuxKernel kernel)
{
    private const int LogSize = 4096;

    /// <summary>Whether the kernel has programs of a type.</summary>
    public Finding Find(ProgramType type)
    {
        if (type is ProgramType.Unspecified) return Finding.Missing;
        ProgramLoadAttr attr = Template(type);

        // Any type is no function, hook or structure; so the verifier refuses it, if it comes to be asked.
        if (NeedsTarget(type)) attr.AttachBtfId = 1;
        (Errno error, bool verified) = Load(attr, [Instruction.Mov(Register.R0, 0), Instruction.Exit()]);
        if (error == Errno.None || verified) return Finding.Supported;
        return error is Errno.EINVAL or Errno.E2BIG or Errno.EOPNOTSUPP
            ? Finding.Missing
            : Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(type));
    }

    /// <summary>Whether programs of a type can call a helper.</summary>
    public Finding Find(ProgramType type, Helper helper)
    {
        ProgramLoadAttr attr = Template(type);
        if (NeedsTarget(type) && !TryGiveTarget(type, ref attr))
            return Finding.Unknown($"the helpers of {type} programs depend on what they are attached to");
        Finding finding = Find(attr, helper);
        if (finding.Support != FeatureSupport.Missing || !CanSleep(type)) return finding;

        // Helpers that may sleep are for programs that may.
        attr.Flags |= (uint)ProgramFlags.Sleepable;
        if (type == ProgramType.Tracing && !TryGiveSleepableTarget(ref attr)) return finding;
        return Find(attr, helper);
    }

    /// <summary>Whether the kernel accepts a program.</summary>
    /// <param name="code">A program that only fails for want of the feature.</param>
    /// <param name="type">Its type.</param>
    /// <param name="attachType">Where it will be attached.</param>
    /// <param name="name">Its name.</param>
    public Finding Accepts(
        InstructionList code, ProgramType type = ProgramType.SocketFilter, AttachType attachType = 0, string name = "")
    {
        ProgramLoadAttr attr = Template(type);
        attr.ExpectedAttachType = attachType;
        attr.Name = ObjectName.From(name);
        return Accepts(attr, code);
    }

    /// <summary>Whether the kernel accepts a program that tells of its functions.</summary>
    /// <param name="code">A program that only fails for want of the feature.</param>
    /// <param name="type">Its type.</param>
    /// <param name="types">The types of its functions.</param>
    /// <param name="functions">For each the slot where it begins, and its id in <paramref name="types"/>.</param>
    public Finding Accepts(InstructionList code, ProgramType type, BpfHandle types, ReadOnlySpan<uint> functions)
    {
        const int record = 2 * sizeof(uint);
        using BorrowedDescriptor borrowed = types.Borrow();
        fixed (uint* records = functions)
        {
            ProgramLoadAttr attr = Template(type);
            attr.Btf = borrowed.Descriptor;
            attr.FunctionInfo = records;
            attr.FunctionInfoSize = record;
            attr.FunctionInfoCount = (uint)(functions.Length * sizeof(uint) / record);
            return Accepts(attr, code);
        }
    }

    /// <summary>Whether the kernel knows a flag.</summary>
    public Finding Find(ProgramFlags flag)
    {
        const ProgramFlags ofXdp = ProgramFlags.XdpHasFragments | ProgramFlags.XdpDeviceBoundOnly;
        ProgramType type = (flag & ofXdp) == 0 ? ProgramType.SocketFilter : ProgramType.Xdp;
        ProgramLoadAttr attr = Template(type);
        attr.Flags = (uint)flag;

        // No descriptor is -1: who complains about it knows the flag.
        if (flag == ProgramFlags.TokenFd) attr.Token = -1;
        (Errno error, bool verified) = Load(attr, [Instruction.Mov(Register.R0, 0), Instruction.Exit()]);
        if (verified || error is Errno.None or Errno.EBADF) return Finding.Supported;
        return error is Errno.EINVAL or Errno.E2BIG ? Finding.Missing : Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(type));
    }

    /// <summary>Loads a program that does nothing, for probes that need one.</summary>
    public BpfHandle? LoadEmpty(ProgramType type, AttachType attachType, out Errno error)
    {
        ProgramLoadAttr attr = Template(type);
        attr.ExpectedAttachType = attachType;
        return Load(attr, [Instruction.Mov(Register.R0, 0), Instruction.Exit()], out error, out _);
    }

    private Finding Accepts(ProgramLoadAttr attr, InstructionList code)
    {
        (Errno error, _) = Load(attr, code);
        return error switch
        {
            Errno.None => Finding.Supported,
            Errno.EPERM => Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(attr.Type)),
            Errno.EINVAL or Errno.E2BIG => Finding.Missing,
            _ => Finding.Unknown(kernel, error, Privileges.Bpf),
        };
    }

    private Finding Find(ProgramLoadAttr attr, Helper helper)
    {
        (Errno error, _) = Load(attr, [Instruction.Call(helper), Instruction.Mov(Register.R0, 0), Instruction.Exit()]);
        return error switch
        {
            // EACCES: it complains about the arguments, of which there are none, so it knows the helper.
            Errno.None or Errno.EACCES => Finding.Supported,
            Errno.EINVAL => Finding.Missing,
            _ => Finding.Unknown(kernel, error, PrivilegeRules.NeededFor(attr.Type)),
        };
    }

    private ProgramLoadAttr Template(ProgramType type) => new()
    {
        Type = type,
        ExpectedAttachType = type switch
        {
            ProgramType.CgroupSockAddr => AttachType.CgroupInet4Connect,
            ProgramType.CgroupSockopt => AttachType.CgroupGetsockopt,
            ProgramType.SkLookup => AttachType.SkLookup,
            ProgramType.Netfilter => AttachType.Netfilter,
            ProgramType.Tracing => AttachType.TraceRawTp,
            ProgramType.Lsm => AttachType.LsmMac,
            _ => 0,
        },
        Flags = type == ProgramType.Syscall ? (uint)ProgramFlags.Sleepable : 0,

        // Kernels before 5.0 compare it for kprobes.
        KernelVersion = KernelFacts.Of(kernel).VersionCode,
    };

    private static bool NeedsTarget(ProgramType type) =>
        type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Ext or ProgramType.StructOps;

    private static bool CanSleep(ProgramType type) =>
        type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.Kprobe;

    /// <summary>Something that every kernel with BTF has.</summary>
    private bool TryGiveTarget(ProgramType type, ref ProgramLoadAttr attr)
    {
        if (KernelTypes.Of(kernel).Read() is not { } types) return false;
        switch (type)
        {
            case ProgramType.Tracing:
                attr.AttachBtfId = IdOf<TypedefType>(types, "btf_trace_sys_enter");
                break;
            case ProgramType.Lsm:
                attr.AttachBtfId = IdOf<FunctionType>(types, "bpf_lsm_file_open");
                break;
            case ProgramType.StructOps when types.TryGetFirst("tcp_congestion_ops", out StructType? operations):
                attr.AttachBtfId = operations.Id.Value;

                // The place of the attach type holds the number of the member that the program implements.
                attr.ExpectedAttachType = (AttachType)IndexOf(operations, "ssthresh");
                break;
        }

        return attr.AttachBtfId != 0;
    }

    private static int IndexOf(StructType type, string name)
    {
        int index = type.Members.Length;
        while (--index > 0 && type.Members[index].Name != name)
        {
        }

        return index;
    }

    /// <summary>A tracing program may sleep at few places: in an iterator over tasks.</summary>
    private bool TryGiveSleepableTarget(ref ProgramLoadAttr attr)
    {
        attr.ExpectedAttachType = AttachType.TraceIter;
        attr.AttachBtfId = KernelTypes.Of(kernel).Read() is { } types ? IdOf<FunctionType>(types, "bpf_iter_task") : 0;
        return attr.AttachBtfId != 0;
    }

    private static uint IdOf<T>(BtfSpec types, string name)
        where T : BtfType => types.TryGetFirst(name, out T? type) ? type.Id.Value : 0;

    private (Errno Error, bool Verified) Load(ProgramLoadAttr attr, InstructionList code)
    {
        Load(attr, code, out Errno error, out bool verified)?.Dispose();
        return (error, verified);
    }

    private BpfHandle? Load(ProgramLoadAttr attr, InstructionList code, out Errno error, out bool verified)
    {
        byte[] image = code.Encode(EndianReader.Host);
        byte* log = stackalloc byte[LogSize];
        log[0] = 0;
        fixed (byte* instructions = image, license = "GPL\0"u8)
        {
            attr.Instructions = instructions;
            attr.InstructionCount = (uint)(image.Length / InstructionDecoder.SlotSize);
            attr.License = license;
            attr.Log = log;
            attr.LogSize = LogSize;
            attr.LogLevel = (uint)VerifierLogLevel.Branches;
            BpfHandle? program = kernel.ProbeProgram(ref attr, out error);
            verified = log[0] != 0;

            // A log that is too small spoils the loading of a good program (Linux before 6.4).
            if (error == Errno.ENOSPC) error = Errno.None;
            return program;
        }
    }
}
