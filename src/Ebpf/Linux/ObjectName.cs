using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Ebpf.Linux;

/// <summary>The name of a map or a program inside the kernel: at most 15 bytes, and a zero.</summary>
[InlineArray(Length)]
internal struct ObjectName
{
    /// <summary>BPF_OBJ_NAME_LEN.</summary>
    public const int Length = 16;

    private byte _first;

    /// <summary>Whether there is no name.</summary>
    public readonly bool IsEmpty => _first == 0;

    /// <summary>Whether there is a dot in it.</summary>
    public readonly bool HasDots => MemoryMarshal.CreateReadOnlySpan(in _first, Length).Contains((byte)'.');

    /// <summary>
    /// As much of a name as the kernel takes. It allows letters, digits, <c>_</c> and <c>.</c>; every other byte
    /// becomes <c>_</c>.
    /// </summary>
    public static ObjectName From(ReadOnlySpan<char> name)
    {
        ObjectName result = default;
        Span<byte> bytes = result;
        int length = Math.Min(name.Length, Length - 1);
        for (int i = 0; i < length; i++)
            bytes[i] = char.IsAsciiLetterOrDigit(name[i]) || name[i] == '.' ? (byte)name[i] : (byte)'_';
        return result;
    }

    /// <summary>The name with <c>_</c> for each dot: Linux before 5.2 refuses dots.</summary>
    public readonly ObjectName WithoutDots()
    {
        ObjectName result = this;
        ((Span<byte>)result).Replace((byte)'.', (byte)'_');
        return result;
    }

    public readonly override string ToString()
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.CreateReadOnlySpan(in _first, Length);
        int end = bytes.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
