using Ebpf.Asm;
using Ebpf.Btf;

namespace Ebpf.BtfObjects;

/// <summary>
/// The types of an object in the kernel, and where in them its types and lines of source are; or why the kernel has none.
/// </summary>
/// <remarks>The kernel keeps them for as long as a map or program refers to them; this holds them meanwhile.</remarks>
internal sealed class LoadedTypes : IDisposable
{
    private readonly BpfBtf? _loaded;
    private readonly BtfSpec? _own;
    private readonly Dictionary<BtfType, uint> _foreign = [];
    private readonly Dictionary<LineInfo, (uint File, uint Text)> _lines = [];

    /// <summary>There are none, or the kernel refused them.</summary>
    /// <param name="refusal">Why it refused them; <c>null</c> if there are none.</param>
    public LoadedTypes(string? refusal) => Refusal = refusal;

    /// <summary>What the kernel took.</summary>
    /// <param name="loaded">The types in the kernel; this disposes them.</param>
    /// <param name="spec">The types as they were loaded.</param>
    /// <param name="own">The object's own, whose ids and strings are the same there.</param>
    /// <param name="foreign">The ids of those that were added.</param>
    /// <param name="lines">The strings of lines that were added.</param>
    public LoadedTypes(
        BpfBtf loaded,
        BtfSpec spec,
        BtfSpec? own,
        Dictionary<BtfType, uint> foreign,
        Dictionary<LineInfo, (uint File, uint Text)> lines) =>
        (_loaded, Spec, _own, _foreign, _lines) = (loaded, spec, own, foreign, lines);

    /// <summary>The descriptor; <c>null</c> if the kernel has none of them.</summary>
    public BpfHandle? Handle => _loaded?.Handle;

    /// <summary>The types as they were loaded; <c>null</c> if they were not.</summary>
    public BtfSpec? Spec { get; }

    /// <summary>Why the kernel refused them, so that all goes on without; <c>null</c> if it did not.</summary>
    public string? Refusal { get; }

    /// <summary>The id of a type in what was loaded; 0 for one that is not in it.</summary>
    public uint IdOf(BtfType? type)
    {
        if (_loaded is null || type is null or VoidType) return 0;
        return IsOwn(type.Owner) ? type.Id.Value : _foreign.GetValueOrDefault(type);
    }

    /// <summary>Finds the strings of a line in what was loaded.</summary>
    public bool TryGetStrings(LineInfo line, out uint file, out uint text)
    {
        (file, text) = (line.FileNameOffset, line.LineOffset);
        if (IsOwn(line.Owner)) return true;
        if (!_lines.TryGetValue(line, out (uint File, uint Text) added)) return false;
        (file, text) = added;
        return true;
    }

    /// <summary>Closes the descriptor.</summary>
    public void Dispose() => _loaded?.Dispose();

    private bool IsOwn(BtfSpec? owner) => owner is not null && ReferenceEquals(owner, _own);
}
