using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf.Building;

/// <content>
/// Names. Compilers of other languages than C name pointers (<c>*[2]u8</c>) and write names that are no identifiers
/// (<c>Pair&lt;u32, u64&gt;</c>); because of one of them, every kernel refuses the BTF as a whole, and so all maps that need it.
/// </content>
internal sealed partial class KernelEncoder
{
    private const string Unnamed = "unnamed";

    /// <summary>Names that were replaced, by the offset of the compiler's.</summary>
    private readonly Dictionary<uint, uint> _cleaned = [];

    /// <summary>Gives a record names that the kernel accepts, as its functions <c>btf_*_check_meta</c> have it.</summary>
    private void CleanNames(Span<uint> record)
    {
        BtfKind kind = RecordWords.KindOf(record);
        switch (kind)
        {
            case BtfKind.Pointer or BtfKind.Array or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.FunctionPrototype:
                record[0] = 0;
                break;
            case BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64:
                record[0] = CleanedIdentifier(record[0], isNeeded: false);
                break;
            case BtfKind.Forward or BtfKind.Typedef or BtfKind.Function or BtfKind.Variable:
                record[0] = CleanedIdentifier(record[0], isNeeded: true);
                return;
            default:
                return;
        }

        if (kind is not (BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.FunctionPrototype)) return;
        int stride = RecordWords.ElementWords(kind);
        for (int at = RecordWords.HeadWords; at < record.Length; at += stride)
            record[at] = CleanedIdentifier(record[at], isNeeded: kind is BtfKind.Enum or BtfKind.Enum64);
    }

    /// <summary>The offset of a name that the kernel accepts: the same if it accepts that.</summary>
    /// <param name="name">The offset of the name; 0 for none.</param>
    /// <param name="isNeeded">Whether the kernel refuses what has no name.</param>
    private uint CleanedIdentifier(uint name, bool isNeeded)
    {
        if (name == 0) return isNeeded ? AddString(Unnamed) : 0;

        // What was added here is sound; what lies outside of the strings, the kernel refuses.
        if (name >= _image.Strings.End) return name;

        // Linux 6.1 raised KSYM_NAME_LEN, which bounds names, from 128 to 512; what tells it best is what came with 6.0.
        int most = Supports(BtfKernelSupport.Enum64) ? Limits.MaxKernelName : Limits.MaxKernelNameBefore6_1;
        ReadOnlySpan<byte> text = _image.Strings.Tail(name);
        text = text[..Math.Min(text.Length, most + 1)];
        int length = text.IndexOf((byte)0);
        text = text[..(length < 0 ? most : length)];
        if (length >= 0 && NameRules.IsIdentifier(text)) return name;
        if (_cleaned.TryGetValue(name, out uint clean)) return clean;
        Span<byte> copy = text.ToArray();
        NameRules.MakeIdentifier(copy);
        clean = Strings().Add(copy);
        _cleaned.Add(name, clean);
        return clean;
    }

    /// <summary>Adds a section's name with an underscore for what kernels refuse; other types may use the old one.</summary>
    /// <param name="name">The offset of the name.</param>
    /// <param name="wholeName">Whether everything that C does not allow is replaced, not only the first character.</param>
    /// <returns>The offset of the new name.</returns>
    private uint RenamedSection(uint name, bool wholeName)
    {
        if (_renamedSections.TryGetValue(name, out uint offset)) return offset;
        byte[] utf8 = _image.Strings.Utf8(name).ToArray();
        for (int i = 0; i < (wholeName ? utf8.Length : 1); i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)utf8[i])) utf8[i] = (byte)'_';
        }

        offset = Strings().Add(utf8);
        _renamedSections.Add(name, offset);
        return offset;
    }
}
