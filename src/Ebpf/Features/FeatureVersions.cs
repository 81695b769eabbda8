using Ebpf.Btf;

namespace Ebpf.Features;

/// <summary>The versions of Linux that brought the kinds of programs, attachments and links. Maps: <see cref="MapVersions"/>.</summary>
internal static class FeatureVersions
{
    /// <summary>In the order of <c>enum bpf_prog_type</c>, from <see cref="ProgramType.SocketFilter"/> on.</summary>
    private static readonly Version[] Programs =
    [
        new(3, 19), new(4, 1), new(4, 1), new(4, 1), new(4, 7), new(4, 8), new(4, 9), new(4, 10), new(4, 10), new(4, 10), new(4, 10),
        new(4, 10), new(4, 13), new(4, 14), new(4, 15), new(4, 17), new(4, 17), new(4, 17), new(4, 18), new(4, 18), new(4, 19),
        new(4, 20), new(5, 2), new(5, 2), new(5, 3), new(5, 5), new(5, 6), new(5, 6), new(5, 7), new(5, 9), new(5, 14), new(6, 4),
    ];

    /// <summary>In the order of <c>enum bpf_attach_type</c>.</summary>
    private static readonly Version[] Attachments =
    [
        new(4, 10), new(4, 10), new(4, 10), new(4, 13), new(4, 14), new(4, 14), new(4, 15), new(4, 17), new(4, 17), new(4, 17),
        new(4, 17), new(4, 17), new(4, 17), new(4, 17), new(4, 18), new(4, 18), new(4, 18), new(4, 20), new(5, 2), new(5, 2),
        new(5, 2), new(5, 3), new(5, 3), new(5, 5), new(5, 5), new(5, 5), new(5, 7), new(5, 7), new(5, 8), new(5, 8), new(5, 8),
        new(5, 8), new(5, 8), new(5, 8), new(5, 9), new(5, 9), new(5, 9), new(5, 9), new(5, 13), new(5, 14), new(5, 14), new(5, 15),
        new(5, 18), new(6, 0), new(6, 4), new(6, 4), new(6, 6), new(6, 6), new(6, 6), new(6, 7), new(6, 7), new(6, 7), new(6, 7),
        new(6, 7), new(6, 7), new(6, 7), new(6, 10), new(6, 13), new(7, 0), new(7, 2), new(7, 2), new(7, 2),
    ];

    /// <summary>In the order of <c>enum bpf_link_type</c>, from <see cref="LinkType.RawTracepoint"/> on.</summary>
    private static readonly Version[] Links =
    [
        new(5, 8), new(5, 8), new(5, 8), new(5, 8), new(5, 8), new(5, 9), new(5, 15), new(5, 18), new(6, 4), new(6, 4), new(6, 6),
        new(6, 6), new(6, 7), new(6, 10), new(7, 2),
    ];

    public static Version? Of(ProgramType type) => At(Programs, (int)type - 1);

    public static Version? Of(AttachType type) => At(Attachments, (int)type);

    public static Version? Of(LinkType type) => At(Links, (int)type - 1);

    public static Version? Of(BtfKind kind) => kind switch
    {
        BtfKind.Function or BtfKind.FunctionPrototype => new(5, 0),
        BtfKind.Variable or BtfKind.DataSection => new(5, 2),
        BtfKind.Float => new(5, 13),
        BtfKind.DeclTag => new(5, 16),
        BtfKind.TypeTag => new(5, 17),
        BtfKind.Enum64 => new(6, 0),
        >= BtfKind.Int and <= BtfKind.Restrict => new(4, 18),
        _ => null,
    };

    public static Version? Of(GeneralFeature feature) => feature switch
    {
        GeneralFeature.ObjectNames => new(4, 15),
        GeneralFeature.FunctionCalls => new(4, 16),
        GeneralFeature.ExpectedAttachType => new(4, 17),
        GeneralFeature.GlobalData or GeneralFeature.DotsInNames or GeneralFeature.LargePrograms => new(5, 2),
        GeneralFeature.BoundedLoops => new(5, 3),
        GeneralFeature.BatchOperations => new(5, 6),
        GeneralFeature.Links => new(5, 7),
        GeneralFeature.Iterators or GeneralFeature.RunTimeStatistics => new(5, 8),
        GeneralFeature.BindMap => new(5, 10),
        GeneralFeature.ModuleBtf or GeneralFeature.CgroupMemoryAccounting => new(5, 11),
        GeneralFeature.FetchingAtomics => new(5, 12),
        GeneralFeature.PerfEventLinks or GeneralFeature.AttachCookies => new(5, 15),
        GeneralFeature.ContextTags => new(6, 8),
        GeneralFeature.Tokens => new(6, 9),
        GeneralFeature.ProgramStreams => new(6, 17),
        _ => null,
    };

    public static Version? Of(ProgramFlags flag) => flag switch
    {
        ProgramFlags.StrictAlignment => new(4, 12),
        ProgramFlags.AnyAlignment => new(5, 0),
        ProgramFlags.TestRandomizeHigh32 => new(5, 3),
        ProgramFlags.TestStateFrequency => new(5, 4),
        ProgramFlags.Sleepable => new(5, 10),
        ProgramFlags.XdpHasFragments => new(5, 18),
        ProgramFlags.XdpDeviceBoundOnly => new(6, 3),
        ProgramFlags.TestRegisterInvariants => new(6, 8),
        ProgramFlags.TokenFd => new(6, 9),
        _ => null,
    };

    /// <summary>The version that brought a struct_ops type; <c>null</c> for one that is not known here.</summary>
    public static Version? OfStructOps(string type) => type switch
    {
        "tcp_congestion_ops" => new(5, 6),
        "bpf_dummy_ops" => new(5, 16),
        "hid_bpf_ops" => new(6, 11),
        "sched_ext_ops" => new(6, 12),
        "Qdisc_ops" => new(6, 16),
        _ => null,
    };

    /// <summary>The version that brought a generation of the instruction set.</summary>
    public static Version? OfInstructionSet(int generation) => generation switch
    {
        1 => new(3, 18),
        2 => new(4, 14),
        3 => new(5, 1),
        4 => new(6, 6),
        _ => null,
    };

    private static Version? At(Version[] versions, int index) => (uint)index < (uint)versions.Length ? versions[index] : null;
}
