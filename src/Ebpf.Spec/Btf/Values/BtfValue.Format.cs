using System.Text.Json;
using Ebpf.Btf.Values;

namespace Ebpf.Btf;

/// <content>Formatting as text and as JSON.</content>
public readonly ref partial struct BtfValue
{
    /// <summary>Returns the value as text, as a debugger shows it.</summary>
    /// <remarks>
    /// <code>{ pid = 12, comm = "bash", flags = READ|WRITE, next = 0xffff888100a04000, sizes = [1, 2, … 30 more] }</code>
    /// Members of anonymous structures and unions stand beside the others, as C names them. A part for which there are no bytes
    /// is written as <c>&lt;truncated&gt;</c>; what the limits leave out, as <c>…</c>.
    /// </remarks>
    /// <param name="format">The format; <c>null</c> for <see cref="BtfValueFormat.Compact"/>.</param>
    /// <exception cref="ObjectFormatException">The type is malformed.</exception>
    public string Format(BtfValueFormat? format = null) => new BtfValueText(format ?? BtfValueFormat.Compact).Write(this);

    /// <summary>
    /// Writes the value as JSON: structures as objects, arrays as arrays; texts, named values of enumerations, addresses and
    /// hexadecimal numbers as strings; a part for which there are no bytes as <c>null</c>.
    /// </summary>
    /// <param name="writer">The writer, which must be at a place where a value can follow.</param>
    /// <param name="format">The format; <c>null</c> for <see cref="BtfValueFormat.Whole"/>.</param>
    /// <returns><c>true</c> if the value was written as a whole; <c>false</c> if the limits left something out.</returns>
    /// <exception cref="ObjectFormatException">The type is malformed. The JSON written so far is incomplete.</exception>
    public bool WriteJson(Utf8JsonWriter writer, BtfValueFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(writer);
        return new BtfValueJson(writer, format ?? BtfValueFormat.Whole).Write(this);
    }

    /// <summary>Returns the value on one line; if its type is malformed, a text that says what is wrong.</summary>
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
