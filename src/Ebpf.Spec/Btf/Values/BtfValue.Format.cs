using System.Text.Json;
using Ebpf.Btf.Values;

namespace Ebpf.Btf;

/// <content>The value as text and as JSON.</content>
public readonly ref partial struct BtfValue
{
    /// <summary>The value as a debugger shows it.</summary>
    /// <remarks>
    /// <code>{ pid = 12, comm = "bash", flags = READ|WRITE, next = 0xffff888100a04000, sizes = [1, 2, … 30 more] }</code>
    /// Members of anonymous structures and unions stand beside the others, as C names them. What there are no bytes for is
    /// <c>&lt;truncated&gt;</c>; what the limits leave out, <c>…</c>.
    /// </remarks>
    /// <param name="format">How; <see cref="BtfValueFormat.Compact"/> by default.</param>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public string Format(BtfValueFormat? format = null) => new BtfValueText(format ?? BtfValueFormat.Compact).Write(this);

    /// <summary>
    /// Writes the value as JSON: structures as objects, arrays as arrays; texts, named values of enumerations, addresses and
    /// hexadecimal numbers as strings; what there are no bytes for as <c>null</c>.
    /// </summary>
    /// <param name="writer">Where to; it must expect a value.</param>
    /// <param name="format">How; <see cref="BtfValueFormat.Whole"/> by default.</param>
    /// <returns>Whether the limits left nothing out.</returns>
    /// <exception cref="ObjectFormatException">The type is malformed; what was written before that is not complete.</exception>
    public bool WriteJson(Utf8JsonWriter writer, BtfValueFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new BtfValueJson(writer, format ?? BtfValueFormat.Whole).Write(this);
    }

    /// <summary>The value on one line; what is wrong with it, if its type is malformed.</summary>
    public override string ToString()
    {
        try
        {
            return Format();
        }
        catch (ObjectFormatException error)
        {
            return $"<{error.Problem}>";
        }
    }
}
