namespace Ebpf;

/// <summary>What kind of thing of the kernel an object refers to.</summary>
public enum ExternKind
{
    /// <summary>A setting with which the kernel was built, or one of libbpf's own: <c>__kconfig</c>.</summary>
    Kconfig,

    /// <summary>A variable whose type the object knows, found in the kernel's BTF: <c>__ksym</c>.</summary>
    Variable,

    /// <summary>A symbol without a type (<c>extern const void x __ksym</c>), found in <c>/proc/kallsyms</c>.</summary>
    Symbol,

    /// <summary>A function that programs may call, found in the kernel's BTF: <c>__ksym</c>.</summary>
    Function,
}
