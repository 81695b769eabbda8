using System.Text;
using Ebpf.Btf;
using Ebpf.Linux;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests.Programs;

/// <summary>The running kernel, answering as an older one would. What the older one accepts, this one must accept too.</summary>
internal static unsafe class OldKernel
{
    /// <summary>What an older kernel answers to the loading of a program; <c>null</c> if it takes it.</summary>
    public delegate Errno? Answer(in ProgramLoadAttr program);

    /// <summary>A kernel that refuses programs.</summary>
    /// <param name="answer">Which, and with what error.</param>
    /// <param name="version">The version that it says it has; <c>null</c> for the running one's.</param>
    public static FaultyKernel Refusing(Answer answer, string? version = null)
    {
        FaultyKernel kernel = new() { OnBpf = (command, attr) => command == BpfCommand.ProgramLoad ? answer(*(ProgramLoadAttr*)attr) : null };
        if (version is not null) Pretend(kernel, version);
        return kernel;
    }

    /// <summary>Linux 4.14: programs without names, BTF, attach types, global variables, and with only the older helpers.</summary>
    public static FaultyKernel Linux414()
    {
        FaultyKernel kernel = new()
        {
            OnBpf = (command, attr) => command switch
            {
                BpfCommand.ProgramLoad => Linux414(*(ProgramLoadAttr*)attr),
                BpfCommand.MapCreate => Linux414(*(MapCreateAttr*)attr),
                > BpfCommand.ObjectGetInfo => Errno.EINVAL,
                _ => null,
            },
            OnCommon = (_, _) => Errno.EINVAL,
        };
        Pretend(kernel, "4.14.336");
        return kernel;
    }

    /// <summary>A kernel that knows no declaration tags (before 5.16).</summary>
    public static FaultyKernel WithoutDeclTags() => new()
    {
        OnBpf = (command, attr) =>
        {
            if (command != BpfCommand.BtfLoad) return null;
            BtfLoadAttr types = *(BtfLoadAttr*)attr;
            BtfSpec spec = BtfSpec.Parse(new ReadOnlySpan<byte>(types.Data, (int)types.Size).ToArray());
            for (int id = 1; id < spec.Count; id++)
            {
                if (spec[(uint)id].Kind == BtfKind.DeclTag) return Errno.EINVAL;
            }

            return null;
        },
    };

    /// <summary>A kernel that knows no atomic operation but the plain addition (before 5.12).</summary>
    public static FaultyKernel WithoutFetchingAtomics() => Refusing((in ProgramLoadAttr program) =>
        HasFetchingAtomics(program) ? Say(program, Errno.EINVAL, "BPF_STX uses reserved fields\n") : null);

    /// <summary>Writes what the verifier would say, if it is asked.</summary>
    public static Errno Say(in ProgramLoadAttr program, Errno error, string words)
    {
        if (program.Log is null) return error;
        int written = Encoding.ASCII.GetBytes(words, new Span<byte>(program.Log, (int)program.LogSize - 1));
        program.Log[written] = 0;
        return error;
    }

    /// <summary>Whether a program calls a helper at or behind a number.</summary>
    public static bool Calls(in ProgramLoadAttr program, int firstHelper)
    {
        foreach (ulong word in new ReadOnlySpan<ulong>(program.Instructions, (int)program.InstructionCount))
        {
            if ((word & 0xffff) == 0x85 && (int)(word >> 32) >= firstHelper) return true;
        }

        return false;
    }

    /// <summary>Whether a program has an atomic operation of 4 or 8 bytes that is not the plain addition.</summary>
    public static bool HasFetchingAtomics(in ProgramLoadAttr program)
    {
        foreach (ulong word in new ReadOnlySpan<ulong>(program.Instructions, (int)program.InstructionCount))
        {
            if ((word & 0xff) is 0xc3 or 0xdb && word >> 32 != 0) return true;
        }

        return false;
    }

    private static void Pretend(FaultyKernel kernel, string version)
    {
        kernel.Files[FaultyKernel.Release] = version + "\n";
        kernel.Files["/proc/version_signature"] = null;
        kernel.Files[FaultyKernel.Build] = "#1 SMP\n";
    }

    private static Errno? Linux414(in ProgramLoadAttr program)
    {
        const int firstLaterHelper = 58, version = (4 << 16) | (14 << 8) | 255;
        bool hasMore = !program.Name.IsEmpty || program.InterfaceIndex != 0 || program.ExpectedAttachType != 0 || program.Btf != 0
            || program.FunctionInfoSize != 0 || program.LineInfoSize != 0 || program.AttachBtfId != 0;
        if (hasMore) return Errno.E2BIG;
        if (program.Flags > 1) return Errno.EINVAL;
        if (program.Type == ProgramType.Kprobe && program.KernelVersion != version) return Errno.EINVAL;
        return Calls(program, firstLaterHelper) ? Say(program, Errno.EINVAL, "0: (85) call unknown#112\ninvalid func unknown#112\n") : null;
    }

    private static Errno? Linux414(in MapCreateAttr map) =>
        !map.Name.IsEmpty || map.Btf != 0 || map.KeyTypeId != 0 || map.ValueTypeId != 0 ? Errno.E2BIG
        : map.Flags != MapFlags.None ? Errno.EINVAL
        : null;
}
