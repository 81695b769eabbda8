using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Gives an enumeration of a <see cref="BtfBuilder"/> its values.</summary>
public sealed class EnumBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;

    internal EnumBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = id;
        _words = builder.Types.Edit(id);
    }

    /// <summary>The id of the enumeration.</summary>
    public uint Id { get; }

    /// <summary>How many values there are.</summary>
    public int Count => RecordFields.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    /// <summary>Adds a value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value, which fits the size of the enumeration.</param>
    /// <exception cref="ArgumentOutOfRangeException">It does not fit.</exception>
    public EnumBuilder Add(string name, long value)
    {
        bool isSigned = Words[1] >> 31 != 0;
        int bits = (int)Math.Min(Words[2], sizeof(long)) * 8;
        (Int128 least, Int128 most) = isSigned
            ? (-((Int128)1 << (bits - 1)), ((Int128)1 << (bits - 1)) - 1)
            : (0, ((Int128)1 << bits) - 1);
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(value), value, string.Create(CultureInfo.InvariantCulture, $"Values of this enumeration go from {least} to {most}."));
        }

        return Put(name, (ulong)value);
    }

    /// <summary>Adds a value to an enumeration without a sign, of which all 64 bits can be used.</summary>
    /// <inheritdoc cref="Add(string, long)"/>
    public EnumBuilder Add(string name, ulong value) =>
        value <= long.MaxValue || Words[2] != sizeof(ulong) || Words[1] >> 31 != 0 ? Add(name, checked((long)value)) : Put(name, value);

    /// <summary>Takes away all values.</summary>
    public EnumBuilder Clear()
    {
        _words.RemoveRange(RecordFields.HeadWords, _words.Count - RecordFields.HeadWords);
        Words[1] = RecordFields.Info(RecordFields.KindOf(Words), 0, Words[1] >> 31 != 0);
        return this;
    }

    private EnumBuilder Put(string name, ulong value)
    {
        NameRules.CheckIdentifier(name, "a value", nameof(name));
        if (Count == BtfBuilder.MostElements) throw new InvalidOperationException("The enumeration has as many values as BTF can hold.");
        _words.Add(_builder.Strings.Add(name));
        _words.Add((uint)value);
        if (RecordFields.KindOf(Words) == BtfKind.Enum64) _words.Add((uint)(value >> 32));
        Words[1]++;
        return this;
    }
}
