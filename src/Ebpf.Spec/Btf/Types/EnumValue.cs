using System.Globalization;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Represents a named value of an enumeration.</summary>
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

    /// <summary>Gets the name.</summary>
    public string Name => _name ??= _owner.Strings.NameText(_nameOffset);

    /// <summary>Gets the value, extended to 64 bits. For an unsigned enumeration, use <see cref="UnsignedValue"/>.</summary>
    public long Value { get; }

    /// <summary>Gets the value as an unsigned number.</summary>
    public ulong UnsignedValue => (ulong)Value;

    /// <summary>The name as it stands in BTF.</summary>
    internal ReadOnlySpan<byte> NameUtf8 => _owner.Strings.Name(_nameOffset);

    /// <summary>Returns the value as C declares it: <c>XDP_DROP = 1</c>.</summary>
    public override string ToString()
    {
        string name = _owner.Strings.Excerpt(_nameOffset, Limits.MaxNameInText);
        return _signed
            ? string.Create(CultureInfo.InvariantCulture, $"{name} = {Value}")
            : string.Create(CultureInfo.InvariantCulture, $"{name} = {UnsignedValue}");
    }
}
