using System.Runtime.InteropServices;
using Ebpf.Common;
using Ebpf.Errors;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Links.Uprobes;
using Ebpf.Linux;
using Ebpf.Usdt;
using Microsoft.Extensions.Logging;

namespace Ebpf.Links.Usdt;

/// <summary>One place at which a program is attached for a USDT probe.</summary>
/// <param name="Probe">The location.</param>
/// <param name="Shift">How many bytes behind the location's address the place is.</param>
internal readonly record struct UsdtLocation(UsdtProbe Probe, int Shift)
{
    /// <summary>Where it is in the file.</summary>
    public ulong FileOffset => Probe.FileOffset!.Value + (uint)Shift;

    /// <summary>Where the semaphore is in the file; 0 for none.</summary>
    public ulong SemaphoreOffset => Probe.SemaphoreFileOffset ?? 0;
}

/// <summary>Finds the locations of a USDT probe in a file.</summary>
internal static class UsdtLocations
{
    // uprobes/x86: Add uprobe syscall to speed up uprobe (kernel commit 56101b69c919).
    private static readonly Version OptimizesLongNops = new(6, 18);

    /// <summary>Finds those that can be attached to, and tells what is left out.</summary>
    /// <exception cref="ObjectFormatException">The file is damaged.</exception>
    /// <exception cref="BpfException">There are none.</exception>
    public static List<UsdtLocation> Find(
        ProbedFile file, string provider, string name, UsdtLayout layout, ILogger? logger, string operation)
    {
        ElfExecutable elf = file.Elf ?? throw new BpfException($"{operation}: it is no ELF file, and only those declare probes");
        CheckMachine(elf, operation);
        UsdtProbeList probes = UsdtProbeList.Read(elf, provider, name);
        foreach (string warning in probes.Warnings) logger?.UsdtNote(file.Path, warning);
        List<UsdtLocation> locations = [];
        foreach (UsdtProbe probe in probes)
        {
            // The list has said why.
            if (probe.FileOffset is null || (probe.SemaphoreAddress is not null && probe.SemaphoreFileOffset is null)) continue;
            foreach (UsdtArgument argument in probe.Arguments)
            {
                if (layout.ProblemOf(argument) is { } problem) logger?.UsdtArgument(provider, name, probe.Address, argument.Text, problem);
            }

            locations.Add(new UsdtLocation(probe, IsLongNop(file, elf, probe) ? 1 : 0));
        }

        return locations.Count > 0 ? locations : throw NoneFound(elf, probes, provider, name, operation);
    }

    /// <summary>The addresses at which a process has a place of a file: several if it has loaded the file more than once.</summary>
    /// <exception cref="BpfException">The process does not exist, does not have the file, or cannot be looked at.</exception>
    public static List<ulong> AddressesIn(int process, ProbedFile file, ulong fileOffset, string operation)
    {
        LinuxKernel kernel = file.Handle.Kernel;
        List<ulong> addresses = [];
        List<ProcessMapping> mappings = ProcessMappings.Read(kernel, process, out Errno error);
        foreach (ProcessMapping mapping in mappings)
        {
            if (!mapping.IsCode || mapping.Inode != file.Status.Inode || mapping.Device != file.Status.Device) continue;
            if (fileOffset >= mapping.Offset && fileOffset - mapping.Offset < mapping.End - mapping.Start)
                addresses.Add(mapping.Start + (fileOffset - mapping.Offset));
        }

        if (addresses.Count > 0) return addresses;
        string reason = error == Errno.None
            ? $"process {process} does not have this part of {file.Path} in its memory"
            : $"what process {process} has in its memory cannot be read";
        throw Refusal.Explain(
            kernel, operation, error == Errno.None ? Errno.ENOENT : error, Privileges.None,
            $"{reason}, and on kernels before Linux 5.15 the address of the probe in it must be known");
    }

    /// <summary>Programs read registers by where this machine's kernel saves them.</summary>
    private static void CheckMachine(ElfExecutable elf, string operation)
    {
        ElfMachine own = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => ElfMachine.X86_64,
            Architecture.Arm64 => ElfMachine.AArch64,
            Architecture.S390x => ElfMachine.S390,
            Architecture.RiscV64 => ElfMachine.RiscV,
            Architecture.Arm => ElfMachine.Arm,
            _ => ElfMachine.None,
        };
        bool is64Bit = nint.Size == 8;
        if (elf.Is64Bit != is64Bit)
        {
            throw new BpfException(
                $"{operation}: the file is one of {(elf.Is64Bit ? 64 : 32)} bits, and this kernel one of {(is64Bit ? 64 : 32)}: its registers, "
                + "and what it calls a pointer, are others than usdt.bpf.h reads");
        }

        if (elf.Machine != own || elf.ByteOrder != EndianReader.Host)
            throw new BpfException($"{operation}: the file is for another machine ({elf.Machine}) than this one ({own})");
    }

    /// <summary>
    /// A probe of two instructions that do nothing, one byte and five. The kernel can turn the second into a call, which is faster than
    /// the breakpoint that it puts in the place of the first.
    /// </summary>
    private static bool IsLongNop(ProbedFile file, ElfExecutable elf, UsdtProbe probe)
    {
        if (elf.Machine != ElfMachine.X86_64 || KernelFacts.Of(file.Handle.Kernel).Version < OptimizesLongNops) return false;
        Span<byte> code = stackalloc byte[6];
        return file.Source.TryRead(probe.FileOffset!.Value, code) && code.SequenceEqual((ReadOnlySpan<byte>)[0x90, 0x0f, 0x1f, 0x44, 0, 0]);
    }

    private static BpfException NoneFound(ElfExecutable elf, UsdtProbeList probes, string provider, string name, string operation)
    {
        if (probes.Count > 0)
            return new BpfException($"{operation}: none of its locations can be probed: {string.Join("; ", probes.Warnings.Take(3))}");
        if (!probes.HasNotes)
        {
            return new BpfException(
                operation, Errno.ENOENT, "the file has no section .note.stapsdt: it declares no probes, or a tool has removed what is not needed to run it");
        }

        IEnumerable<string> others = UsdtProbeList.Read(elf).Select(probe => $"{probe.Provider}:{probe.Name}").Distinct();
        return new BpfException(operation, Errno.ENOENT, $"the file declares no such probe{NearNames.Suggest($"{provider}:{name}", others)}");
    }
}
