using Ebpf.Asm;

namespace Ebpf.Verifier;

/// <summary>Since which kernel each helper is there.</summary>
internal static class HelperVersions
{
    // Numbers are given in the order in which helpers come, so the first of each kernel is enough (__BPF_FUNC_MAPPER in
    // include/uapi/linux/bpf.h of each release). Since 6.2 there are no new ones: kfuncs have taken their place.
    private static readonly (int First, Version Since)[] Table =
    [
        (1, new(3, 19)), (4, new(4, 1)), (12, new(4, 2)), (17, new(4, 3)), (23, new(4, 4)), (26, new(4, 5)), (27, new(4, 6)),
        (31, new(4, 8)), (37, new(4, 9)), (42, new(4, 10)), (45, new(4, 11)), (46, new(4, 12)), (48, new(4, 13)), (51, new(4, 14)),
        (54, new(4, 15)), (58, new(4, 16)), (60, new(4, 17)), (65, new(4, 18)), (81, new(4, 19)), (84, new(4, 20)), (91, new(5, 0)),
        (93, new(5, 1)), (99, new(5, 2)), (109, new(5, 3)), (110, new(5, 4)), (111, new(5, 5)), (116, new(5, 6)), (119, new(5, 7)),
        (125, new(5, 8)), (136, new(5, 9)), (142, new(5, 10)), (156, new(5, 11)), (163, new(5, 12)), (164, new(5, 13)),
        (166, new(5, 14)), (169, new(5, 15)), (176, new(5, 16)), (180, new(5, 17)), (186, new(5, 18)), (194, new(5, 19)),
        (204, new(6, 0)), (208, new(6, 1)), (210, new(6, 2)),
    ];

    /// <summary>The last helper.</summary>
    public const Helper Last = Helper.CgrpStorageDelete;

    /// <summary>The first kernel that has a helper; <c>null</c> if none is known to have it.</summary>
    public static Version? Of(Helper helper)
    {
        if (helper is <= Helper.Unspec or > Last) return null;
        int after = Array.FindIndex(Table, entry => entry.First > (int)helper);
        return Table[(after < 0 ? Table.Length : after) - 1].Since;
    }
}
