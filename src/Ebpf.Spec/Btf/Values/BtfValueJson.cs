using System.Text;
using System.Text.Json;

namespace Ebpf.Btf.Values;

/// <summary>Writes one value as JSON, within the limits of its format.</summary>
/// <param name="writer">Where to.</param>
/// <param name="format">How.</param>
internal sealed class BtfValueJson(Utf8JsonWriter writer, BtfValueFormat format)
{
    private ValueBudget _budget = new(format.MaxLength);
    private bool _isComplete = true;

    /// <summary>Writes it.</summary>
    /// <returns>Whether nothing was left out.</returns>
    /// <exception cref="ObjectFormatException">Its type is malformed.</exception>
    public bool Write(BtfValue value)
    {
        Write(value, 0);
        return _isComplete && !_budget.IsSpent;
    }

    private void Write(BtfValue value, int depth)
    {
        switch (value.Shape)
        {
            case CompositeType or DataSectionType or ArrayType when depth == format.MaxDepth:
                _isComplete = false;
                writer.WriteNullValue();
                break;
            case CompositeType or DataSectionType when value.Bytes.IsEmpty && value.IsTruncated:
                writer.WriteNullValue();
                break;
            case CompositeType composite:
                writer.WriteStartObject();
                WriteMembers(value, composite, 0, depth);
                writer.WriteEndObject();
                break;
            case DataSectionType section:
                writer.WriteStartObject();
                foreach (DataSectionEntry entry in section.Entries)
                {
                    if (!WriteProperty(entry.Type.Name, value.Part(entry), depth)) break;
                }

                writer.WriteEndObject();
                break;
            case ArrayType when value.IsText:
                WriteText(value);
                break;
            case ArrayType array:
                WriteElements(value, array, depth);
                break;
            case BtfType scalar:
                WriteScalar(value, scalar);
                break;
        }
    }

    private bool WriteMembers(BtfValue value, CompositeType composite, ulong bitOffset, int depth)
    {
        foreach (Member member in composite.Members)
        {
            ulong at = bitOffset + member.BitOffset;
            if (!member.NameUtf8.IsEmpty)
            {
                if (!WriteProperty(member.Name, value.Part(member, at), depth)) return false;
                continue;
            }

            // Its members are those of the outer structure; a bit field without a name only pads.
            if (!_budget.Spend(0)) return false;
            if (member.Type.Resolve() is not CompositeType inner) continue;
            if (depth + 1 == format.MaxDepth) _isComplete = false;
            else if (!WriteMembers(value, inner, at, depth + 1)) return false;
        }

        return true;
    }

    private bool WriteProperty(string name, BtfValue part, int depth)
    {
        if (!_budget.Spend(format.SkipZeros ? part.Bytes.Length / ValueBudget.BytesForOne : 0)) return false;
        if (format.SkipZeros && !(part.IsTruncated && part.Bytes.IsEmpty) && part.IsZero) return true;
        if (!TakesText(name.Length)) return false;
        writer.WritePropertyName(name);
        Write(part, depth + 1);
        return true;
    }

    private void WriteElements(BtfValue value, ArrayType array, int depth)
    {
        writer.WriteStartArray();
        uint length = value.Length;
        for (long i = 0; i < length; i++)
        {
            if (i == format.MaxElements || !TakesText(1) || !_budget.Spend(0))
            {
                _isComplete = false;
                break;
            }

            BtfValue element = value.Element(array, i);
            Write(element, depth + 1);
            if (element.IsTruncated && element.Bytes.IsEmpty) break;
        }

        writer.WriteEndArray();
    }

    private void WriteText(BtfValue value)
    {
        ReadOnlySpan<byte> bytes = value.TextBytes();
        if (TakesText(bytes.Length)) writer.WriteStringValue(Encoding.UTF8.GetString(bytes));
        else writer.WriteNullValue();
    }

    private void WriteScalar(BtfValue value, BtfType shape)
    {
        if (shape is FloatType { Size: 2 or 4 or 8 } && !value.IsTruncated)
        {
            double number = value.ToDouble();
            if (!double.IsFinite(number)) writer.WriteStringValue(ScalarText.OfFloat(value, shape));
            else if (shape is FloatType { Size: 4 }) writer.WriteNumberValue((float)number);
            else writer.WriteNumberValue(number);
            return;
        }

        if (!value.TryRead(out BtfValue.Scalar scalar))
        {
            if (value.IsTruncated || !value.Type.TryGetSize(out _)) writer.WriteNullValue();
            else writer.WriteStringValue(ScalarText.OfBytes(value));
            return;
        }

        if (shape is EnumType enumeration && ScalarText.OfEnum(enumeration, scalar) is { } name)
        {
            if (TakesText(name.Length)) writer.WriteStringValue(name);
            else writer.WriteNullValue();
        }
        else if (shape is IntType { IsBool: true } && scalar.Raw <= 1) writer.WriteBooleanValue(scalar.Raw == 1);
        else if (shape is PointerType || format.Hexadecimal) writer.WriteStringValue(ScalarText.Hexadecimal(scalar.Raw));
        else writer.WriteRawValue(ScalarText.Integer(scalar, hexadecimal: false), skipInputValidation: true);
    }

    private bool TakesText(int length) => _budget.SpendText(length) == length;
}
