namespace Ebpf.Asm;

public static partial class HelperNames
{
    /// <summary>The name of a helper in C: <c>bpf_map_lookup_elem</c>.</summary>
    /// <param name="helper">The helper.</param>
    /// <returns>The name; <c>null</c> if this library does not know the helper.</returns>
    public static string? KernelName(this Helper helper) =>
        (uint)helper < (uint)Names.Length && helper != Helper.Unspec ? Names[(int)helper] : null;
}
