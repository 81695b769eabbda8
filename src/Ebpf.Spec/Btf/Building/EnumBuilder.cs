using System.Globalization;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Adds values to an enumeration of a <see cref="BtfBuilder"/>.</summary>
public sealed class EnumBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;

    internal EnumBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = new BtfTypeId(id);
        _words = builder.Types.Edit(id);
    }

    /// <summary>Gets the id of the enumeration.</summary>
    public BtfTypeId Id { get; }

    /// <summary>Gets the number of values.</summary>
    public int Count => RecordWords.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    private bool IsSigned => (Words[1] & RecordWords.Flag) != 0;

    /// <summary>Adds a value.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">The value, in the range of an integer of the size and signedness of the enumeration.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The kernel does not allow the name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in that range.</exception>
    /// <exception cref="InvalidOperationException">There are as many values as BTF can hold.</exception>
    public EnumBuilder Add(string name, long value) => Put(name, value);

    /// <inheritdoc cref="Add(string, long)"/>
    public EnumBuilder Add(string name, ulong value) => Put(name, value);

    /// <summary>Removes all values.</summary>
    /// <returns>This builder.</returns>
    public EnumBuilder Clear()
    {
        _words.RemoveRange(RecordWords.HeadWords, _words.Count - RecordWords.HeadWords);
        Words[1] = RecordWords.Info(RecordWords.KindOf(Words), 0, IsSigned);
        return this;
    }

    private EnumBuilder Put(string name, Int128 value)
    {
        NameRules.CheckIdentifier(name, "a value", nameof(name));
        int bits = (int)Math.Clamp(Words[2], 1, sizeof(long)) * 8;
        Int128 range = (Int128)1 << bits;
        (Int128 least, Int128 most) = IsSigned ? (-range / 2, (range / 2) - 1) : (0, range - 1);
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(
                nameof(value), value, string.Create(CultureInfo.InvariantCulture, $"Values of this enumeration are from {least} to {most}."));
        }

        if (Count == Limits.MaxElements) throw new InvalidOperationException("The enumeration has as many values as BTF can hold.");
        ulong word = unchecked((ulong)value);
        _words.Add(_builder.Strings.Add(name));
        _words.Add((uint)word);
        if (RecordWords.KindOf(Words) == BtfKind.Enum64) _words.Add((uint)(word >> 32));
        Words[1]++;
        return this;
    }
}
