namespace Ebpf.Btf.Printing;

/// <summary>The parts of a header that are always the same.</summary>
internal static class CText
{
    /// <summary>Begins what has become a word of the language.</summary>
    public static ReadOnlySpan<byte> BeforeC23 => "#if __STDC_VERSION__ < 202311L\n"u8;

    /// <summary>Ends it.</summary>
    public static ReadOnlySpan<byte> End => "#endif\n\n"u8;

    /// <summary>Makes accesses relocatable from here on.</summary>
    public static ReadOnlySpan<byte> PushPreserveAccessIndex =>
        """
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)
        #endif


        """u8;

    /// <summary>And no longer.</summary>
    public static ReadOnlySpan<byte> PopPreserveAccessIndex =>
        """
        #ifndef BPF_NO_PRESERVE_ACCESS_INDEX
        #pragma clang attribute pop
        #endif


        """u8;

    /// <summary>Comes before the prototypes of kfuncs.</summary>
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

    /// <summary>Comes after them.</summary>
    public static ReadOnlySpan<byte> EndKernelFunctions => "#endif /* BPF_NO_KFUNC_PROTOTYPES */\n\n"u8;
}
