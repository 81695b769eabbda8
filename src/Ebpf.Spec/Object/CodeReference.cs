using Ebpf.Asm;

namespace Ebpf.Object;

/// <summary>What one instruction refers to, found out from its relocation.</summary>
/// <param name="Kind">The kind of thing.</param>
/// <param name="Name">Its name; <c>null</c> for a function, which knows its own.</param>
/// <param name="Function">The function, for <see cref="ReferenceKind.Function"/> and <see cref="ReferenceKind.FunctionAddress"/>.</param>
/// <param name="Offset">The offset in a data section, in bytes.</param>
internal readonly record struct CodeReference(
    ReferenceKind Kind, string? Name = null, ObjectFunction? Function = null, long Offset = 0);
