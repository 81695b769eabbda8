using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <content>Enumerations.</content>
internal sealed partial class CPrinter
{
    /// <summary>Whether an enumeration without a name is to be defined here: its values can be only once.</summary>
    public bool TryDefineEnum(uint id) => id >= _firstWritten && _definedEnums.Add(id);

    /// <summary>Writes an enumeration without what may follow it.</summary>
    public void WriteEnum(uint id, BtfRecord record, int indent)
    {
        _output.Write("enum"u8);
        if (record.NameOffset != 0)
        {
            _output.Write((byte)' ');
            _output.Write(_names.Of(id, record.NameOffset));
        }

        if (record.Length == 0) return;
        _output.Write(" {\n"u8);
        bool wide = record.Kind == BtfKind.Enum64;
        bool signed = record.KindFlag;
        int words = wide ? 3 : 2;
        long least = 0;
        ulong most = 0;
        for (int i = 0; i < record.Length; i++)
        {
            uint low = record.Word((i * words) + 1);
            long value = wide ? (long)(low | ((ulong)record.Word((i * words) + 2) << 32)) : signed ? (int)low : low;
            Indent(indent + 1);
            _output.Write(_names.OfValue(id, i, record.Word(i * words)));
            _output.Write(" = "u8);
            WriteValue(value, signed, wide);
            _output.Write(",\n"u8);
            if (signed && value < 0) least = Math.Min(least, value);
            else most = Math.Max(most, (ulong)value);
        }

        Indent(indent);
        _output.Write((byte)'}');

        // Without a word about it, C gives 4 bytes, or 8 if the values need them.
        bool small = least < 0 ? least >= int.MinValue && most <= int.MaxValue : most <= uint.MaxValue;
        if (record.SizeOrType == (small ? 4 : 8)) return;
        _output.Write(record.SizeOrType switch
        {
            1 => " __attribute__((mode(QI)))"u8,
            2 => " __attribute__((mode(HI)))"u8,
            4 => " __attribute__((mode(SI)))"u8,
            _ => " __attribute__((mode(DI)))"u8,
        });
    }

    private void WriteValue(long value, bool signed, bool wide)
    {
        if (signed && value == long.MinValue)
        {
            // C has no negative literals, and no signed type for the number behind the sign.
            _output.Write("(-9223372036854775807LL - 1)"u8);
            return;
        }

        if (signed) _output.Write(value);
        else _output.Write((ulong)value);
        if (wide) _output.Write(signed ? "LL"u8 : "ULL"u8);
    }

    /// <summary>Whether all values are called <c>true</c> and <c>false</c>, which are words of C since C23.</summary>
    private bool AreKeywords(BtfRecord record)
    {
        if (record.Length is 0 or > 2 || record.Kind != BtfKind.Enum || record.NameOffset != 0) return false;
        for (int i = 0; i < record.Length; i++)
        {
            ReadOnlySpan<byte> name = _source.Text(record.Word(i * 2));
            if (!name.SequenceEqual("true"u8) && !name.SequenceEqual("false"u8)) return false;
        }

        return true;
    }
}
