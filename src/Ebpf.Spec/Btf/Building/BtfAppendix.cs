using System.Runtime.InteropServices;
using System.Text;
using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Building;

/// <summary>Types and strings that are added behind those of an existing BTF, in this machine's byte order.</summary>
internal sealed class BtfAppendix(BtfImage image)
{
    private readonly List<uint> _types = [];
    private readonly List<byte> _strings = [];
    private readonly Dictionary<string, uint> _stringOffsets = new(StringComparer.Ordinal);
    private readonly Dictionary<uint, uint> _renamed = [];
    private uint _nextId = image.EndId;

    /// <summary>Adds a string, once.</summary>
    /// <returns>Its offset.</returns>
    public uint AddString(string text)
    {
        if (_stringOffsets.TryGetValue(text, out uint offset)) return offset;
        offset = Append(Encoding.UTF8.GetBytes(text));
        _stringOffsets.Add(text, offset);
        return offset;
    }

    /// <summary>Adds a section's name with an underscore for what kernels refuse; other types may use the old one.</summary>
    /// <param name="name">The offset of the name.</param>
    /// <param name="wholeName">Whether everything that C does not allow is replaced, not only the first character.</param>
    /// <returns>The offset of the new name.</returns>
    public uint Renamed(uint name, bool wholeName)
    {
        if (_renamed.TryGetValue(name, out uint offset)) return offset;
        byte[] utf8 = image.Strings.Utf8(name).ToArray();
        for (int i = 0; i < (wholeName ? utf8.Length : 1); i++)
        {
            if (!char.IsAsciiLetterOrDigit((char)utf8[i])) utf8[i] = (byte)'_';
        }

        offset = Append(utf8);
        _renamed.Add(name, offset);
        return offset;
    }

    /// <summary>Adds an integer.</summary>
    /// <returns>Its id.</returns>
    public uint AddInt(string name, uint size, uint encoding) =>
        Add([AddString(name), (uint)BtfKind.Int << 24, size, encoding | (size * 8)]);

    /// <summary>Adds a global variable.</summary>
    /// <returns>Its id.</returns>
    public uint AddVariable(string name, uint type) =>
        Add([AddString(name), (uint)BtfKind.Variable << 24, type, (uint)VariableLinkage.Global]);

    /// <summary>Puts everything together: the parts follow each other without a gap, as the kernel wants them.</summary>
    /// <param name="types">The types that were there before.</param>
    /// <param name="withLayout">Whether the table of the sizes of kinds is kept.</param>
    public byte[] Assemble(ReadOnlySpan<uint> types, bool withLayout)
    {
        ReadOnlySpan<byte> strings = image.Strings.Bytes;
        ReadOnlySpan<byte> layout = withLayout ? image.Layout : default;
        int header = layout.IsEmpty ? BtfHeader.ShortLength : BtfHeader.LongLength;
        int typesLength = (types.Length + _types.Count) * sizeof(uint);
        int stringsLength = strings.Length + _strings.Count;

        byte[] blob = new byte[header + typesLength + layout.Length + stringsLength];
        Span<uint> head = MemoryMarshal.Cast<byte, uint>(blob.AsSpan(0, header));
        MemoryMarshal.Write(blob, BtfHeader.Magic);
        blob[2] = 1;
        head[1] = (uint)header;
        head[3] = (uint)typesLength;
        head[4] = (uint)(typesLength + layout.Length);
        head[5] = (uint)stringsLength;
        if (!layout.IsEmpty)
        {
            head[6] = (uint)typesLength;
            head[7] = (uint)layout.Length;
        }

        Span<byte> rest = blob.AsSpan(header);
        Put(MemoryMarshal.AsBytes(types), ref rest);
        Put(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_types)), ref rest);
        Put(layout, ref rest);
        Put(strings, ref rest);
        Put(CollectionsMarshal.AsSpan(_strings), ref rest);
        return blob;
    }

    private static void Put(ReadOnlySpan<byte> part, ref Span<byte> rest)
    {
        part.CopyTo(rest);
        rest = rest[part.Length..];
    }

    private uint Add(ReadOnlySpan<uint> words)
    {
        _types.AddRange(words);
        return _nextId++;
    }

    private uint Append(ReadOnlySpan<byte> utf8)
    {
        uint offset = image.Strings.End + (uint)_strings.Count;
        _strings.AddRange(utf8);
        _strings.Add(0);
        return offset;
    }
}
