using Ebpf.Common;
using Ebpf.CoRe;

namespace Ebpf.Btf.Extensions;

/// <summary>A record of .BTF.ext, read from its bytes.</summary>
/// <typeparam name="T">The record itself.</typeparam>
internal interface IBtfExtensionRecord<T>
    where T : struct, IBtfExtensionRecord<T>
{
    /// <summary>What is known of it, in bytes; a newer compiler may write more.</summary>
    static abstract int Size { get; }

    /// <summary>In bytes from the beginning of the section.</summary>
    uint InstructionOffset { get; }

    static abstract T Read(ReadOnlySpan<byte> bytes, bool swap);
}

/// <summary>Where a function begins (<c>struct bpf_func_info</c>).</summary>
/// <param name="InstructionOffset">In bytes from the beginning of the section.</param>
/// <param name="TypeId">A <see cref="FunctionType"/>.</param>
internal readonly record struct FunctionInfoRecord(uint InstructionOffset, uint TypeId)
    : IBtfExtensionRecord<FunctionInfoRecord>
{
    public static int Size => 8;

    public static FunctionInfoRecord Read(ReadOnlySpan<byte> bytes, bool swap) => new(bytes.U32(0, swap), bytes.U32(4, swap));
}

/// <summary>Which line of the source an instruction comes from (<c>struct bpf_line_info</c>).</summary>
/// <param name="InstructionOffset">In bytes from the beginning of the section.</param>
/// <param name="FileNameOffset">In the strings of the BTF.</param>
/// <param name="LineOffset">The text of the line, in the strings of the BTF.</param>
/// <param name="LineColumn">Line shifted left by 10, and column.</param>
internal readonly record struct LineInfoRecord(uint InstructionOffset, uint FileNameOffset, uint LineOffset, uint LineColumn)
    : IBtfExtensionRecord<LineInfoRecord>
{
    public static int Size => 16;

    public static LineInfoRecord Read(ReadOnlySpan<byte> bytes, bool swap) =>
        new(bytes.U32(0, swap), bytes.U32(4, swap), bytes.U32(8, swap), bytes.U32(12, swap));

    public LineInfo ToLineInfo(BtfSpec owner) => new(owner, FileNameOffset, LineOffset, LineColumn);
}

/// <summary>What CO-RE must adjust in an instruction (<c>struct bpf_core_relo</c>).</summary>
/// <param name="InstructionOffset">In bytes from the beginning of the section.</param>
/// <param name="TypeId">The type as the compiler knew it.</param>
/// <param name="AccessorOffset">The way to the member (<c>0:1:2</c>), in the strings of the BTF.</param>
/// <param name="Kind">A <see cref="CoRe.CoReRelocationKind"/>.</param>
internal readonly record struct CoReRelocationRecord(uint InstructionOffset, uint TypeId, uint AccessorOffset, uint Kind)
    : IBtfExtensionRecord<CoReRelocationRecord>
{
    public static int Size => 16;

    public static CoReRelocationRecord Read(ReadOnlySpan<byte> bytes, bool swap) =>
        new(bytes.U32(0, swap), bytes.U32(4, swap), bytes.U32(8, swap), bytes.U32(12, swap));

    public CoRe.CoReRelocation ToRelocation(BtfSpec owner) => new(owner, TypeId, AccessorOffset, (CoRe.CoReRelocationKind)Kind);
}

/// <summary>The records of one section, where they stand: nothing is copied, nothing allocated.</summary>
/// <typeparam name="T">The kind of record.</typeparam>
internal readonly struct BtfExtensionRecords<T>(ReadOnlyMemory<byte> bytes, int recordSize, bool swap)
    where T : struct, IBtfExtensionRecord<T>
{
    private readonly ReadOnlyMemory<byte> _bytes = bytes;

    /// <summary>How many there are; 0 for <c>default</c>.</summary>
    public int Count => recordSize == 0 ? 0 : _bytes.Length / recordSize;

    public T this[int index] => T.Read(_bytes.Span.Slice(index * recordSize, T.Size), swap);

    public Enumerator GetEnumerator() => new(_bytes.Span, recordSize, swap);

    public ref struct Enumerator(ReadOnlySpan<byte> bytes, int recordSize, bool swap)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public T Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            Current = T.Read(_rest, swap);
            _rest = _rest[recordSize..];
            return true;
        }
    }
}
