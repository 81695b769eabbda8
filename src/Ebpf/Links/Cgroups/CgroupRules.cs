using Ebpf.Linux;

namespace Ebpf.Links.Cgroups;

/// <summary>Which programs can be attached to cgroups, and where in them: what is known without asking the kernel.</summary>
internal static class CgroupRules
{
    private const string Sections =
        "SEC(\"cgroup…/…\"), SEC(\"sockops\") and SEC(\"lsm_cgroup/…\")";

    /// <summary>Finds out where in the cgroup a program is to be attached.</summary>
    /// <param name="program">The program.</param>
    /// <param name="options">The options.</param>
    /// <param name="what">What is attached to what, for messages.</param>
    /// <exception cref="InvalidOperationException">It is no program for cgroups, not for this place, or nobody says for which.</exception>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    public static AttachType Check(BpfProgram program, CgroupOptions options, string what)
    {
        ReadOnlySpan<AttachType> places = PlacesOf(program.Type);
        AttachRules.RequireType(
            program,
            what,
            Sections,
            ProgramType.CgroupSkb,
            ProgramType.CgroupSock,
            ProgramType.CgroupSockAddr,
            ProgramType.SockOps,
            ProgramType.CgroupSysctl,
            ProgramType.CgroupDevice,
            ProgramType.CgroupSockopt,
            ProgramType.Lsm);
        CheckOptions(options, what);
        if (options.AttachType is { } asked)
        {
            if (!places.Contains(asked)) throw Misfit(program, what, $"a {program.Type} program cannot be attached as {asked}");

            // The kernel runs the same program for packets of either direction.
            if (program.AttachType is { } loaded && loaded != asked && program.Type != ProgramType.CgroupSkb)
                throw Misfit(program, what, $"it was loaded with attach type {loaded}, not {asked}");
            return asked;
        }

        if (places.Length == 1)
        {
            AttachType place = places[0];
            AttachRules.RequireAttachType(program, what, Sections, type => type == place);
            return place;
        }

        if (program.AttachType is not { } own)
        {
            throw Misfit(
                program, what, $"it does not say where in the cgroup: {nameof(CgroupOptions)}.{nameof(CgroupOptions.AttachType)} has to");
        }

        if (!places.Contains(own)) throw Misfit(program, what, $"it was loaded with attach type {own}");
        return own;
    }

    /// <summary>The attach types of a type of program; empty for one that is not for cgroups.</summary>
    private static ReadOnlySpan<AttachType> PlacesOf(ProgramType type) => type switch
    {
        ProgramType.CgroupSkb => [AttachType.CgroupInetIngress, AttachType.CgroupInetEgress],
        ProgramType.CgroupSock =>
        [
            AttachType.CgroupInetSockCreate, AttachType.CgroupInetSockRelease, AttachType.CgroupInet4PostBind,
            AttachType.CgroupInet6PostBind,
        ],
        ProgramType.CgroupSockAddr =>
        [
            AttachType.CgroupInet4Bind, AttachType.CgroupInet6Bind, AttachType.CgroupInet4Connect, AttachType.CgroupInet6Connect,
            AttachType.CgroupUdp4Sendmsg, AttachType.CgroupUdp6Sendmsg, AttachType.CgroupUdp4Recvmsg, AttachType.CgroupUdp6Recvmsg,
            AttachType.CgroupInet4Getpeername, AttachType.CgroupInet6Getpeername, AttachType.CgroupInet4Getsockname,
            AttachType.CgroupInet6Getsockname, AttachType.CgroupUnixConnect, AttachType.CgroupUnixSendmsg, AttachType.CgroupUnixRecvmsg,
            AttachType.CgroupUnixGetpeername, AttachType.CgroupUnixGetsockname,
        ],
        ProgramType.SockOps => [AttachType.CgroupSockOps],
        ProgramType.CgroupSysctl => [AttachType.CgroupSysctl],
        ProgramType.CgroupDevice => [AttachType.CgroupDevice],
        ProgramType.CgroupSockopt => [AttachType.CgroupGetsockopt, AttachType.CgroupSetsockopt],
        ProgramType.Lsm => [AttachType.LsmCgroup],
        _ => [],
    };

    private static void CheckOptions(CgroupOptions options, string what)
    {
        if (options.Sharing is not (CgroupSharing.Multi or CgroupSharing.Override or CgroupSharing.Exclusive))
            throw new ArgumentOutOfRangeException(nameof(options), options.Sharing, $"Attach {what}: there is no such {nameof(CgroupSharing)}.");
        bool isOrdered = options.Anchor is not null || options.PreOrder;
        if (isOrdered && options.Sharing != CgroupSharing.Multi)
            throw new ArgumentException($"Attach {what}: a program that is alone in its cgroup ({options.Sharing}) has no order.", nameof(options));
        if (isOrdered && options.Replace is not null)
            throw new ArgumentException($"Attach {what}: a program that takes the place of another stands where that one stood.", nameof(options));
        if (options.Anchor?.IsBesideProgram == true)
        {
            throw new ArgumentException(
                $"Attach {what}: at a cgroup the kernel lets a link stand only beside a link, and its neighbour is to be a program "
                + $"({options.Anchor}).",
                nameof(options));
        }
    }

    private static InvalidOperationException Misfit(BpfProgram program, string what, string problem)
    {
        string section = program.SectionName.Length > 0 ? $" (section \"{program.SectionName}\")" : "";
        return new InvalidOperationException($"Attach {what}: {problem}{section}.");
    }
}
