using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf;

/// <summary>Gives a data section of a <see cref="BtfBuilder"/> its variables.</summary>
public sealed class DataSectionBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;
    private ulong _end;

    internal DataSectionBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = id;
        _words = builder.Types.Edit(id);
        _end = Words[2];
    }

    /// <summary>The id of the section.</summary>
    public uint Id { get; }

    /// <summary>The size in bytes, so far.</summary>
    public uint Size => Words[2];

    /// <summary>How many entries there are.</summary>
    public int Count => RecordFields.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    /// <summary>Adds a variable behind the others, aligned as its type needs it.</summary>
    /// <param name="variable">The id of the variable.</param>
    /// <exception cref="ArgumentException">It is no variable, or its type has no size.</exception>
    public DataSectionBuilder Add(uint variable)
    {
        CheckKind(variable);
        if (!_builder.TryMeasure(variable, out uint size, out uint alignment))
            throw new ArgumentException($"Type {variable} has no size.", nameof(variable));
        ulong offset = (_end + alignment - 1) / alignment * alignment;
        return Put(variable, offset, size);
    }

    /// <summary>Adds a variable at an offset of its own; a function in <c>.ksyms</c>.</summary>
    /// <param name="variable">The id of the variable or function.</param>
    /// <param name="offset">In bytes from the beginning of the section.</param>
    /// <param name="size">In bytes.</param>
    public DataSectionBuilder AddAt(uint variable, uint offset, uint size)
    {
        CheckKind(variable);
        return Put(variable, offset, size);
    }

    /// <summary>Sets the size, which otherwise follows from the variables.</summary>
    /// <param name="size">The size in bytes.</param>
    public DataSectionBuilder WithSize(uint size)
    {
        if (size < _end) throw new ArgumentOutOfRangeException(nameof(size), size, $"The variables end at byte {_end}.");
        Words[2] = size;
        return this;
    }

    /// <summary>Takes away all entries, and the size.</summary>
    public DataSectionBuilder Clear()
    {
        _words.RemoveRange(RecordFields.HeadWords, _words.Count - RecordFields.HeadWords);
        Words[1] = RecordFields.Info(BtfKind.DataSection);
        Words[2] = 0;
        _end = 0;
        return this;
    }

    private DataSectionBuilder Put(uint variable, ulong offset, uint size)
    {
        if (Count == BtfBuilder.MostElements) throw new InvalidOperationException("The section has as many entries as BTF can hold.");
        ulong end = offset + size;
        if (end > uint.MaxValue) throw new InvalidOperationException("Sections have less than 4 GiB.");
        _words.AddRange([variable, (uint)offset, size]);
        Words[1]++;
        _end = Math.Max(_end, end);
        Words[2] = Math.Max(Words[2], (uint)_end);
        return this;
    }

    private void CheckKind(uint variable)
    {
        _builder.Check(variable, nameof(variable));
        if (_builder.KindOf(variable) is not (BtfKind.Variable or BtfKind.Function))
            throw new ArgumentException($"Type {variable} is no variable: it is of kind {_builder.KindOf(variable)}.", nameof(variable));
    }
}
