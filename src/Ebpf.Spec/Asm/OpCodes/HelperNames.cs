namespace Ebpf.Asm;

public static partial class HelperNames
{
    /// <summary>
    /// The first helper of each version of Linux that brought new ones. The kernel numbers helpers in the order in which they are
    /// added, so that all up to the next entry are of the same version.
    /// </summary>
    private static readonly (Helper First, Version Since)[] Versions =
    [
        (Helper.MapLookupElem, new(3, 19)),
        (Helper.ProbeRead, new(4, 1)),
        (Helper.TailCall, new(4, 2)),
        (Helper.GetCgroupClassid, new(4, 3)),
        (Helper.Redirect, new(4, 4)),
        (Helper.SkbLoadBytes, new(4, 5)),
        (Helper.GetStackid, new(4, 6)),
        (Helper.SkbChangeProto, new(4, 8)),
        (Helper.CurrentTaskUnderCgroup, new(4, 9)),
        (Helper.GetNumaNodeId, new(4, 10)),
        (Helper.ProbeReadStr, new(4, 11)),
        (Helper.GetSocketCookie, new(4, 12)),
        (Helper.SetHash, new(4, 13)),
        (Helper.RedirectMap, new(4, 14)),
        (Helper.XdpAdjustMeta, new(4, 15)),
        (Helper.OverrideReturn, new(4, 16)),
        (Helper.MsgRedirectMap, new(4, 17)),
        (Helper.XdpAdjustTail, new(4, 18)),
        (Helper.GetLocalStorage, new(4, 19)),
        (Helper.SkLookupTcp, new(4, 20)),
        (Helper.MsgPopData, new(5, 0)),
        (Helper.SpinLock, new(5, 1)),
        (Helper.SkcLookupTcp, new(5, 2)),
        (Helper.SendSignal, new(5, 3)),
        (Helper.TcpGenSyncookie, new(5, 4)),
        (Helper.SkbOutput, new(5, 5)),
        (Helper.TcpSendAck, new(5, 6)),
        (Helper.ReadBranchRecords, new(5, 7)),
        (Helper.KtimeGetBootNs, new(5, 8)),
        (Helper.SkcToTcp6Sock, new(5, 9)),
        (Helper.LoadHdrOpt, new(5, 10)),
        (Helper.TaskStorageGet, new(5, 11)),
        (Helper.CheckMtu, new(5, 12)),
        (Helper.ForEachMapElem, new(5, 13)),
        (Helper.SysBpf, new(5, 14)),
        (Helper.TimerInit, new(5, 15)),
        (Helper.GetBranchSnapshot, new(5, 16)),
        (Helper.FindVma, new(5, 17)),
        (Helper.GetRetval, new(5, 18)),
        (Helper.KptrXchg, new(5, 19)),
        (Helper.TcpRawGenSyncookieIpv4, new(6, 0)),
        (Helper.KtimeGetTaiNs, new(6, 1)),
        (Helper.CgrpStorageGet, new(6, 2)),
    ];

    /// <summary>Gets the last helper that this library knows. Linux 6.2 brought it, and kfuncs have taken the place of new ones since.</summary>
    internal static Helper Last => (Helper)(Names.Length - 1);

    /// <summary>Gets the name of a helper in C: <c>bpf_map_lookup_elem</c>.</summary>
    /// <param name="helper">The helper.</param>
    /// <returns>The name; <c>null</c> if this library does not know the helper.</returns>
    public static string? KernelName(this Helper helper) => IsKnown(helper) ? Names[(int)helper] : null;

    /// <summary>Gets the first version of Linux that has a helper, for programs of any type.</summary>
    /// <param name="helper">The helper.</param>
    /// <returns>
    /// The version; <c>null</c> if this library does not know the helper. Programs of a certain type may have to wait for a later
    /// version, and distributions backport helpers: only the kernel itself tells for certain.
    /// </returns>
    public static Version? Since(this Helper helper)
    {
        if (!IsKnown(helper)) return null;
        int last = Versions.Length - 1;
        while (Versions[last].First > helper) last--;
        return Versions[last].Since;
    }

    private static bool IsKnown(Helper helper) => helper > Helper.Unspec && (int)helper < Names.Length;
}
