using Ebpf.Asm;

namespace Ebpf.Object;

/// <summary>What one instruction refers to, found out from its relocation.</summary>
/// <param name="Kind">The kind of thing.</param>
/// <param name="Name">Its name; <c>null</c> for a function, which knows its own.</param>
/// <param name="Function">The function, for <see cref="ReferenceKind.Function"/> and <see cref="ReferenceKind.FunctionAddress"/>.</param>
/// <param name="Offset">The offset in a section of data or of jump tables, in bytes.</param>
/// <param name="Table">The bytes of a jump table.</param>
internal readonly record struct CodeReference(
    ReferenceKind Kind,
    string? Name = null,
    ObjectFunction? Function = null,
    long Offset = 0,
    ReadOnlyMemory<byte> Table = default);
