using System.Globalization;
using Ebpf.Btf;
using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;
using Ebpf.Programs;

namespace Ebpf;

/// <content>What the kernel knows about the program.</content>
public sealed partial class BpfProgram
{
    /// <summary>Returns what the kernel knows about the program at this moment.</summary>
    /// <returns>The information.</returns>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public ProgramInfo GetInfo()
    {
        RawProgramInfo raw = RawProgramInfo.Read(
            Handle, Asking, ProgramParts.Maps | ProgramParts.Functions | ProgramParts.Tags | ProgramParts.Symbols);
        ref readonly KernelProgramInfo info = ref raw.Counts;
        ulong? loaded = raw.Knows(in info.LoadTime) ? info.LoadTime : null;
        return new ProgramInfo
        {
            Type = info.Type,
            Id = info.Id,
            Tag = ProgramTag.Format(info.Tag),
            Name = Name,
            KernelName = info.Name.ToString(),
            LoadTime = loaded is { } time ? KernelFacts.Of(Kernel).ToDate(time) : null,
            LoadNanoseconds = loaded,
            UserId = raw.Knows(in info.CreatedByUser) ? info.CreatedByUser : null,
            IsGplCompatible = raw.Knows(in info.JitedSymbolCount) ? (info.GplCompatible & 1) != 0 : null,
            MapIds = raw.Maps,
            BtfId = info.BtfId,
            AttachTypeId = raw.Knows(in info.AttachBtfId) ? new BtfTypeId(info.AttachBtfId) : null,
            AttachBtfId = raw.Knows(in info.AttachBtfObjectId) ? info.AttachBtfObjectId : null,
            InterfaceIndex = (int)info.InterfaceIndex,
            NetNamespaceDevice = info.NetNamespaceDevice,
            NetNamespaceInode = info.NetNamespaceInode,
            TranslatedSize = raw.IsHidden ? null : (int)info.TranslatedSize,
            JitedSize = raw.IsHidden ? null : (int)info.JitedSize,
            MemorySize = MemorySize(),
            VerifiedInstructions = raw.Knows(in info.VerifiedInstructions) ? (int)info.VerifiedInstructions : null,
            Statistics = StatisticsIn(raw.Knows(in info.RunTime), raw.Knows(in info.RecursionMisses), in info),
            Functions = FunctionsIn(raw),
            HiddenBecause = raw.IsHidden ? HiddenFromThisProcess()
                : raw.Symbols is null || raw.Lengths is null ? KernelSymbols.ExplainHidden(Kernel) : null,
        };
    }

    /// <summary>
    /// Returns the run count and run time of the program, which the kernel counts only while <see cref="BpfStatistics"/> is on.
    /// Makes one system call and does not allocate.
    /// </summary>
    /// <returns>The counts. Since Linux 5.1; zeros before.</returns>
    /// <exception cref="ObjectDisposedException">The program is disposed.</exception>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public ProgramStatistics GetStatistics()
    {
        const int misses = 208; // offsetof(struct bpf_prog_info, recursion_misses)
        KernelProgramInfo info = AskForHead(out int known);
        return StatisticsIn(isKnown: true, known > misses, in info)!.Value;
    }

    private string Asking => $"Ask about program \"{Name}\"";

    /// <summary>The head of what the kernel knows.</summary>
    /// <param name="known">How many bytes of it this kernel has filled.</param>
    internal KernelProgramInfo AskForHead(out int known)
    {
        KernelProgramInfo info = default;
        Errno error = Kernel.GetInfo(Handle, ref info, out known);
        return error == Errno.None ? info : throw Refusal.Explain(Kernel, Asking, error, Privileges.Bpf);
    }

    private static ProgramStatistics? StatisticsIn(bool isKnown, bool knowsMisses, in KernelProgramInfo info) =>
        isKnown
            ? new ProgramStatistics
            {
                RunNanoseconds = info.RunTime,
                RunCount = info.RunCount,
                RecursionMisses = knowsMisses ? info.RecursionMisses : null,
            }
            : null;

    private static ProgramFunctionInfo[] FunctionsIn(RawProgramInfo raw)
    {
        if (raw.IsHidden) return [];
        ProgramFunctionInfo[] functions = new ProgramFunctionInfo[Math.Max(raw.Tags.Length, (int)raw.Counts.JitedSymbolCount)];
        for (int i = 0; i < functions.Length; i++)
        {
            bool isTyped = i < raw.Functions.Length;
            functions[i] = new ProgramFunctionInfo
            {
                TypeId = isTyped ? new BtfTypeId(raw.Functions[i].TypeId) : BtfTypeId.Void,
                Slot = isTyped ? (int)raw.Functions[i].Slot : i == 0 ? 0 : null,
                Tag = i < raw.Tags.Length ? ProgramTag.Format(raw.Tags[i]) : null,
                Address = raw.Symbols is { } symbols && i < symbols.Length ? symbols[i] : null,
                JitedSize = raw.Lengths is { } lengths && i < lengths.Length ? (int)lengths[i] : null,
            };
        }

        return functions;
    }

    /// <summary>What only /proc tells.</summary>
    private long? MemorySize() =>
        long.TryParse(
            StatusFile.Fields(Kernel, Handle).GetValueOrDefault("memlock"), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            ? size
            : null;

    private string HiddenFromThisProcess() =>
        Refusal.AdviceFor(Kernel, Errno.EPERM, Privileges.Bpf) ?? "the kernel shows sizes, functions and code only to processes with CAP_BPF";
}
