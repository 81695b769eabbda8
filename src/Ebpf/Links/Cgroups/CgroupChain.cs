using System.Globalization;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links.Cgroups;

/// <summary>Explains from the cgroup and those above it why the kernel refuses a program.</summary>
internal static class CgroupChain
{
    /// <summary>More cgroups than there are above any; a walk that finds no end must end all the same.</summary>
    private const int MaxLevels = 256;

    /// <summary>Where cgroups of version 2 are: the end of a sentence; empty if that is not known.</summary>
    public static string WhereTheyAre(LinuxKernel kernel) => MountTable.PlacesOf(kernel, "cgroup2") is [string place, ..]
        ? $" (those are below {place})"
        : " (none is mounted here: mount -t cgroup2 none /sys/fs/cgroup)";

    /// <summary>Why the kernel answered EPERM.</summary>
    /// <returns><c>null</c> if the cgroups do not explain it: then it is about privileges.</returns>
    public static string? ExplainRefusal(CgroupRequest request)
    {
        LinuxKernel kernel = request.Kernel;
        if (PrivilegeRules.Missing(kernel, Privileges.NetAdmin) is Privileges.NetAdmin) return null;
        using BorrowedDescriptor cgroup = request.Cgroup.Borrow();
        if (CgroupSlot.Read(kernel, cgroup.Descriptor, request.Type, out CgroupSlot own) == Errno.None
            && own.Programs.Length > 0 && Conflict(own, request.Options.Sharing) is { } conflict)
        {
            return $"{Holders(kernel, own)} attached there already, {Describe(own)}: {conflict}";
        }

        string place = KernelPaths.OwnDescriptor(cgroup.Descriptor);
        for (int level = 1; level < MaxLevels; level++)
        {
            place += "/..";
            CallResult opened = kernel.Open(place, OpenMode.Directory | OpenMode.PathOnly);
            if (opened.Failed) return null;
            Errno error = CgroupSlot.Read(kernel, opened.Value, request.Type, out CgroupSlot above);
            kernel.Close(opened.Value);

            // Above the root of the hierarchy is no cgroup.
            if (error != Errno.None || above.IsShared) return null;
            if (above.Programs.Length == 0) continue;
            return above.CanBeOverridden
                ? null
                : $"{Holders(kernel, above)} attached to {NameOf(request.Path, level)} above it, {Describe(above)}: "
                    + "cgroups below can have no program of this kind";
        }

        return null;
    }

    /// <summary>What the programs that are in the cgroup itself forbid.</summary>
    private static string? Conflict(in CgroupSlot slot, CgroupSharing wanted) => (slot.IsShared, slot.CanBeOverridden, wanted) switch
    {
        (true, _, CgroupSharing.Multi) or (false, true, CgroupSharing.Override) or (false, false, CgroupSharing.Exclusive) => null,
        (true, _, _) => $"a program that is to be alone ({wanted}) cannot be attached beside them",
        _ when wanted == CgroupSharing.Multi =>
            "no other can be attached beside it, before whoever attached it detaches it or attaches it with BPF_F_ALLOW_MULTI",
        _ => $"it cannot be put out by one with other flags ({wanted})",
    };

    private static string Describe(in CgroupSlot slot) => slot switch
    {
        { IsShared: true } => "with BPF_F_ALLOW_MULTI",
        { CanBeOverridden: true } => "with BPF_F_ALLOW_OVERRIDE",
        _ => "without BPF_F_ALLOW_MULTI and BPF_F_ALLOW_OVERRIDE",
    };

    private static string Holders(LinuxKernel kernel, in CgroupSlot slot) => slot.Programs is [uint only]
        ? $"{ProgramNames.Describe(kernel, only)} is"
        : $"{string.Join(", ", slot.Programs.Select(id => ProgramNames.Describe(kernel, id)))} are";

    /// <summary>The path of a cgroup above, as far as the text of a path tells it.</summary>
    private static string NameOf(string? path, int level)
    {
        string? name = path is null ? null : Path.TrimEndingDirectorySeparator(path);
        for (int i = 0; i < level && name is not null; i++) name = Path.GetDirectoryName(name);
        return string.IsNullOrEmpty(name)
            ? string.Create(CultureInfo.InvariantCulture, $"the cgroup {level} {(level == 1 ? "level" : "levels")}")
            : $"cgroup {name},";
    }
}
