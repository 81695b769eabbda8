using System.Globalization;
using System.Text;

namespace Ebpf.Btf.Values;

/// <summary>Writes one value as text, within the limits of its format.</summary>
/// <param name="format">How.</param>
internal sealed class BtfValueText(BtfValueFormat format)
{
    private const int IndentSize = 4;

    private readonly StringBuilder _text = new();
    private ValueBudget _budget = new(format.MaxLength);

    /// <summary>Writes it.</summary>
    /// <exception cref="ObjectFormatException">Its type is malformed.</exception>
    public string Write(BtfValue value)
    {
        Write(value, 0);
        if (_budget.IsSpent) _text.Append('…');
        return _text.ToString();
    }

    private void Write(BtfValue value, int depth)
    {
        switch (value.Shape)
        {
            case CompositeType or DataSectionType or ArrayType when depth == format.MaxDepth:
                Append("…");
                break;
            case CompositeType or DataSectionType or FloatType when value.Bytes.IsEmpty && value.IsTruncated:
                Append("<truncated>");
                break;
            case CompositeType composite:
                bool hasMembers = false;
                Append("{");
                WriteMembers(value, composite, 0, depth, ref hasMembers);
                Close('}', depth, hasMembers, format.MultipleLines);
                break;
            case DataSectionType section:
                WriteVariables(value, section, depth);
                break;
            case ArrayType when value.IsText:
                WriteText(value);
                break;
            case ArrayType array:
                WriteElements(value, array, depth);
                break;
            case BtfType scalar:
                Append(ScalarText.Of(value, scalar, format.Hexadecimal));
                break;
        }
    }

    private void WriteMembers(BtfValue value, CompositeType composite, ulong bitOffset, int depth, ref bool any)
    {
        foreach (Member member in composite.Members)
        {
            if (!_budget.Spend(0)) return;
            ulong at = bitOffset + member.BitOffset;
            if (member.NameUtf8.IsEmpty)
            {
                // Its members are those of the outer structure; a bit field without a name only pads.
                if (member.Type.Resolve() is not CompositeType inner) continue;
                if (depth + 1 < format.MaxDepth) WriteMembers(value, inner, at, depth + 1, ref any);
                continue;
            }

            BtfValue part = value.Part(member, at);
            if (IsSkipped(part)) continue;
            WriteItem(member.Name, part, depth, ref any);
        }
    }

    private void WriteVariables(BtfValue value, DataSectionType section, int depth)
    {
        bool any = false;
        Append("{");
        foreach (DataSectionEntry entry in section.Entries)
        {
            if (!_budget.Spend(0)) return;
            BtfValue part = value.Part(entry);
            if (!IsSkipped(part)) WriteItem(entry.Type.Name, part, depth, ref any);
        }

        Close('}', depth, any, format.MultipleLines);
    }

    private void WriteItem(string name, BtfValue part, int depth, ref bool any)
    {
        Separate(depth, any, format.MultipleLines, isBraced: true);
        any = true;
        Append(ScalarText.Printable(name));
        Append(" = ");
        Write(part, depth + 1);
    }

    private void WriteElements(BtfValue value, ArrayType array, int depth)
    {
        bool hasLines = format.MultipleLines && array.Element.Resolve() is CompositeType or ArrayType;
        uint length = value.Length;
        bool any = false, hasGap = false;
        Append("[");
        long shown = 0;
        for (long i = 0; i < length; i++)
        {
            BtfValue element = value.Element(array, i);
            if (IsSkipped(element))
            {
                hasGap = true;
                if (!_budget.Spend(0)) return;
                continue;
            }

            Separate(depth, any, hasLines, isBraced: false);
            any = true;
            if (shown++ == format.MaxElements || !_budget.Spend(0))
            {
                Append(string.Create(CultureInfo.InvariantCulture, $"… {length - i} more"));
                break;
            }

            if (element.IsTruncated && element.Bytes.IsEmpty)
            {
                Append("<truncated>");
                break;
            }

            if (hasGap) Append(string.Create(CultureInfo.InvariantCulture, $"[{i}] = "));
            hasGap = false;
            Write(element, depth + 1);
        }

        Close(']', depth, any && hasLines, hasLines);
    }

    private void WriteText(BtfValue value)
    {
        Append("\"");
        ReadOnlySpan<byte> rest = value.TextBytes();
        while (!rest.IsEmpty && _budget.Spend(0))
        {
            bool valid = Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done;
            Append(ScalarText.Escape(rune, valid ? default : rest[..length]));
            rest = rest[length..];
        }

        Append("\"");
        if (value.IsTruncated && value.TextBytes().Length == value.Bytes.Length) Append("<truncated>");
    }

    private bool IsSkipped(BtfValue part)
    {
        if (!format.SkipZeros || (part.IsTruncated && part.Bytes.IsEmpty)) return false;
        _budget.Spend(part.Bytes.Length / ValueBudget.BytesForOne);
        return part.IsZero;
    }

    private void Separate(int depth, bool any, bool hasLines, bool isBraced)
    {
        if (any) Append(",");
        if (hasLines) NewLine(depth + 1);
        else if (any || isBraced) Append(" ");
    }

    private void Close(char bracket, int depth, bool any, bool hasLines)
    {
        if (any && hasLines) NewLine(depth);
        else if (any && bracket == '}') Append(" ");
        Append(bracket == '}' ? "}" : "]");
    }

    private void NewLine(int depth)
    {
        Append("\n");
        if (_budget.SpendText(depth * IndentSize) is > 0 and var room) _text.Append(' ', room);
    }

    private void Append(string text) => _text.Append(text.AsSpan(0, _budget.SpendText(text.Length)));
}
