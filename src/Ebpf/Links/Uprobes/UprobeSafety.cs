using System.Runtime.InteropServices;
using Ebpf.Executables;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Uprobes;

/// <summary>Refuses what can kill the process that is probed, or never fires, unless the caller has asked for it by name.</summary>
/// <param name="kernel">The kernel.</param>
/// <param name="file">The file.</param>
/// <param name="scope">The processes.</param>
/// <param name="atReturn">Whether the return of functions is probed, maybe beside the entry.</param>
/// <param name="accepted">What the caller has asked for.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class UprobeSafety(LinuxKernel kernel, ProbedFile file, ProcessScope scope, bool atReturn, UprobeRisks accepted, string what)
{
    /// <summary>In these the return is a system call that filters do not know; 6.14, and later updates of 6.12 and 6.13, do not filter it.</summary>
    private static readonly Version SystemCallSince = new(6, 11), UnfilteredSince = new(6, 14);

    /// <summary>Checks what does not depend on the place.</summary>
    /// <exception cref="BpfException">It is refused.</exception>
    public void Check()
    {
        if (atReturn && Refuses(UprobeRisks.ReturnInGo) && file.Symbols is { IsGo: true })
        {
            throw Refused(
                UprobeRisks.ReturnInGo,
                $"{file.Path} is a Go program, which a probe at the return of a function crashes, since Go moves stacks: probe the ret instructions instead");
        }

        if (atReturn && Refuses(UprobeRisks.ReturnUnderSeccomp) && scope.Id is { } id && HasReturnCall(KernelFacts.Of(kernel).Version)
            && StatusFile.Field(kernel, KernelPaths.StatusOf(id), "Seccomp") is "1" or "2")
        {
            throw Refused(
                UprobeRisks.ReturnUnderSeccomp,
                $"{scope} is under seccomp, and this kernel makes a system call (uretprobe) at the return of a probed function, for which a filter that does not know it kills the process");
        }

        if (!Refuses(UprobeRisks.NeverFires)) return;
        const int noExecution = 8; // ST_NOEXEC
        CallResult flags;
        using (BorrowedDescriptor borrowed = file.Handle.Borrow()) flags = kernel.FileSystemFlags(KernelPaths.OpenFile(borrowed.Descriptor));
        if (!flags.Failed && (flags.Value & noExecution) != 0)
        {
            throw Refused(
                UprobeRisks.NeverFires,
                $"the file system with {file.Path} is mounted so that nothing can be run from it (noexec), so that the probe never fires through this mount");
        }
    }

    /// <summary>Checks places.</summary>
    /// <exception cref="BpfException">One is refused.</exception>
    public void Check(IReadOnlyList<PlaceSearch.Found> places)
    {
        foreach (PlaceSearch.Found found in places)
        {
            if (Refuses(UprobeRisks.UncheckedInstruction)) CheckInstruction(found);
            if (found.Place.Semaphore != 0 && Refuses(UprobeRisks.NeverFires)) CheckSemaphore(found.Place);
        }

        if (scope.Id is { } id && Refuses(UprobeRisks.NeverFires)) CheckMapped(id, places);
    }

    /// <summary>Whether the return of a function is a system call that filters see.</summary>
    private static bool HasReturnCall(Version version) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && version >= SystemCallSince && version < UnfilteredSince;

    private void CheckInstruction(in PlaceSearch.Found found)
    {
        if (found.IsEntry) return;
        if (atReturn)
        {
            throw Refused(
                UprobeRisks.UncheckedInstruction,
                $"at {found.Place} no function is known to begin, and a probe at the return of a function must be where it begins: elsewhere it takes something else for the return address");
        }

        bool? begins = file.Elf is { } elf && found.Address is { } address
            ? CodeBoundary.IsInstruction(elf, found.Function?.Address, address)
            : null;
        switch (begins)
        {
            case true:
                return;
            case false:
                throw Refused(UprobeRisks.UncheckedInstruction, $"at {found.Place} no instruction begins, and a breakpoint in the middle of one corrupts the process");
            default:
                throw Refused(
                    UprobeRisks.UncheckedInstruction,
                    $"whether an instruction begins at {found.Place} cannot be told, and a breakpoint in the middle of one corrupts the process");
        }
    }

    /// <summary>The kernel takes any offset, and counts where it finds it in memory that can be written.</summary>
    private void CheckSemaphore(in UprobePlace place)
    {
        if (file.Elf is not { } elf) return;
        ulong offset = place.Semaphore - file.Start;
        foreach (ElfSegment segment in elf.Segments)
        {
            if (segment is { IsLoaded: true, IsWritable: true } && offset >= segment.Offset && offset - segment.Offset < segment.FileSize) return;
        }

        throw Refused(
            UprobeRisks.NeverFires, $"file offset 0x{place.Semaphore:x} is in no data of {file.Path} that can be written, so that the kernel counts no semaphore there");
    }

    /// <summary>A process that has the file in memory, but not this place as code, copied it to memory of its own: as for huge pages.</summary>
    private void CheckMapped(int process, IReadOnlyList<PlaceSearch.Found> places)
    {
        List<ProcessMapping> mappings = ProcessMappings.Read(kernel, process, out _);
        mappings.RemoveAll(mapping => mapping.Inode != file.Status.Inode || mapping.Device != file.Status.Device);
        if (mappings.Count == 0) return;
        foreach (PlaceSearch.Found found in places)
        {
            ulong offset = found.Place.Offset;
            if (mappings.Exists(mapping => mapping.IsCode && offset >= mapping.Offset && offset - mapping.Offset < mapping.End - mapping.Start)) continue;
            throw Refused(
                UprobeRisks.NeverFires,
                $"{scope} has {file.Path} in its memory, but not {found.Place} as code (it may have copied the code to huge pages), so that the probe does not fire there");
        }
    }

    private bool Refuses(UprobeRisks risk) => (accepted & risk) == 0;

    private BpfException Refused(UprobeRisks risk, string problem) =>
        new($"Attach {what}: {problem}; to attach all the same, accept {nameof(UprobeRisks)}.{risk}");
}
