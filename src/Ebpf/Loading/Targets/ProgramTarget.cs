namespace Ebpf.Loading.Targets;

/// <summary>What a program is bound to when it is loaded, for kinds that say so then.</summary>
/// <param name="TypeId">
/// The BTF id of the function, the tracepoint's typedef or the struct of functions; 0 for programs that are bound to nothing.
/// </param>
/// <param name="AttachType">How; for struct_ops the number of the member.</param>
/// <param name="Owner">
/// The BTF of the module, or the program, to which <paramref name="TypeId"/> belongs; <c>null</c> for the kernel's own. It must live
/// until the program is loaded.
/// </param>
internal readonly record struct ProgramTarget(uint TypeId, AttachType AttachType, BpfHandle? Owner = null);
