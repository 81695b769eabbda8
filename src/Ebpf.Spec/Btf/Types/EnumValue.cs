using System.Globalization;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>A name of an enumeration and its value.</summary>
public sealed class EnumValue
{
    private readonly BtfSpec _owner;
    private readonly uint _nameOffset;
    private readonly bool _signed;
    private string? _name;

    internal EnumValue(BtfSpec owner, uint nameOffset, long value, bool signed)
    {
        _owner = owner;
        _nameOffset = nameOffset;
        _signed = signed;
        Value = value;
    }

    /// <summary>The name.</summary>
    public string Name => _name ??= _owner.Strings.NameText(_nameOffset);

    /// <summary>The value, extended to 64 bits; of an unsigned enumeration, to be read as <see cref="UnsignedValue"/>.</summary>
    public long Value { get; }

    /// <summary>The same bits without a sign.</summary>
    public ulong UnsignedValue => (ulong)Value;

    /// <summary>The name as it stands in BTF.</summary>
    internal ReadOnlySpan<byte> NameUtf8 => _owner.Strings.Name(_nameOffset);

    /// <summary>The value as C would declare it: <c>XDP_DROP = 1</c>.</summary>
    public override string ToString()
    {
        string name = _owner.Strings.Excerpt(_nameOffset, Limits.MaxNameInText);
        return _signed
            ? string.Create(CultureInfo.InvariantCulture, $"{name} = {Value}")
            : string.Create(CultureInfo.InvariantCulture, $"{name} = {UnsignedValue}");
    }
}
