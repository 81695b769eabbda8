namespace Ebpf.Btf.Printing;

/// <summary>The parts of a header that do not depend on its types.</summary>
internal static class CText
{
    /// <summary>Opens a condition for what C23 has as keywords.</summary>
    public static ReadOnlySpan<byte> BeforeC23 => "#if __STDC_VERSION__ < 202311L\n"u8;

    /// <summary>Closes the condition.</summary>
    public static ReadOnlySpan<byte> End => "#endif\n\n"u8;

    /// <summary>Makes accesses to the structures that follow CO-RE relocatable.</summary>
    public static ReadOnlySpan<byte> PushPreserveAccessIndex =>
        """
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
        #endif


        """u8;

    /// <summary>Ends what <see cref="PushPreserveAccessIndex"/> begins.</summary>
    public static ReadOnlySpan<byte> PopPreserveAccessIndex =>
        """
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute pop
        #endif


        """u8;

    /// <summary>Stands before the prototypes of kfuncs.</summary>
    public static ReadOnlySpan<byte> BeginKernelFunctions =>
        """
        #ifndef BPF_NO_KFUNC_PROTOTYPES
        #ifndef __ksym
        #define __ksym __attribute__((section(".ksyms")))
        #endif
        #ifndef __weak
        #define __weak __attribute__((weak))
        #endif
        #ifndef __bpf_fastcall
        #if __has_attribute(bpf_fastcall)
        #define __bpf_fastcall __attribute__((bpf_fastcall))
        #else
        #define __bpf_fastcall
        #endif
        #endif


        """u8;

    /// <summary>Stands behind the prototypes of kfuncs.</summary>
    public static ReadOnlySpan<byte> EndKernelFunctions => "#endif /* BPF_NO_KFUNC_PROTOTYPES */\n\n"u8;
}
