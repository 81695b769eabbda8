using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Adds variables to a data section of a <see cref="BtfBuilder"/>.</summary>
public sealed class DataSectionBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;
    private ulong _end;

    internal DataSectionBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = new BtfTypeId(id);
        _words = builder.Types.Edit(id);
        _end = Words[2];
    }

    /// <summary>Gets the id of the section.</summary>
    public BtfTypeId Id { get; }

    /// <summary>Gets the current size, in bytes.</summary>
    public uint Size => Words[2];

    /// <summary>Gets the number of entries.</summary>
    public int Count => RecordWords.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    /// <summary>Adds a variable behind the others, aligned as its type requires.</summary>
    /// <param name="variable">The id of the variable.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The type is not a variable, or has no size.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    /// <exception cref="InvalidOperationException">The section would have 4 GiB, or has as many entries as BTF can hold.</exception>
    public DataSectionBuilder Add(BtfTypeId variable)
    {
        uint id = _builder.CheckTarget(BtfKind.DataSection, variable, nameof(variable));
        if (!_builder.TryMeasure(id, out uint size, out uint alignment))
            throw new ArgumentException($"Type {variable} has no size.", nameof(variable));
        ulong offset = (_end + alignment - 1) / alignment * alignment;
        return Put(id, offset, size);
    }

    /// <summary>Adds a variable, or a function in <c>.ksyms</c>, at a given offset.</summary>
    /// <param name="variable">The id of the variable or function.</param>
    /// <param name="offset">The offset in the section, in bytes.</param>
    /// <param name="size">The size in bytes.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The type is neither a variable nor a function.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    /// <exception cref="InvalidOperationException">The section would have 4 GiB, or has as many entries as BTF can hold.</exception>
    public DataSectionBuilder AddAt(BtfTypeId variable, uint offset, uint size) =>
        Put(_builder.CheckTarget(BtfKind.DataSection, variable, nameof(variable)), offset, size);

    /// <summary>Sets the size, which otherwise follows from the variables.</summary>
    /// <param name="size">The size in bytes.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A variable ends behind that.</exception>
    public DataSectionBuilder WithSize(uint size)
    {
        if (size < _end) throw new ArgumentOutOfRangeException(nameof(size), size, $"The variables end at byte {_end}.");
        Words[2] = size;
        return this;
    }

    /// <summary>Removes all entries and the size.</summary>
    /// <returns>This builder.</returns>
    public DataSectionBuilder Clear()
    {
        _words.RemoveRange(RecordWords.HeadWords, _words.Count - RecordWords.HeadWords);
        Words[1] = RecordWords.Info(BtfKind.DataSection);
        Words[2] = 0;
        _end = 0;
        return this;
    }

    private DataSectionBuilder Put(uint variable, ulong offset, uint size)
    {
        if (Count == Limits.MaxElements) throw new InvalidOperationException("The section has as many entries as BTF can hold.");
        ulong end = offset + size;
        if (end > uint.MaxValue) throw new InvalidOperationException("Sections have less than 4 GiB.");
        _words.AddRange([variable, (uint)offset, size]);
        Words[1]++;
        _end = Math.Max(_end, end);
        Words[2] = Math.Max(Words[2], (uint)_end);
        return this;
    }
}
