using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using System.Text;
using System.Text.Unicode;

namespace Ebpf.Linux;

/// <summary>
/// Paths as strings: UTF-8, in which each byte that is none becomes a low surrogate by itself (U+DC80 to U+DCFF) and back again. So
/// every file can be named, whatever its bytes are.
/// </summary>
[CustomMarshaller(typeof(string), MarshalMode.ManagedToUnmanagedIn, typeof(PathText.ToNative))]
internal static unsafe class PathText
{
    private const int Escape = 0xdc00;

    /// <summary>The string for a name that the kernel told.</summary>
    public static string Decode(ReadOnlySpan<byte> name)
    {
        if (Utf8.IsValid(name)) return Encoding.UTF8.GetString(name);
        StringBuilder text = new(name.Length);
        while (!name.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(name, out Rune rune, out int consumed) == OperationStatus.Done) text.Append(rune);
            else foreach (byte invalid in name[..consumed]) text.Append((char)(Escape + invalid));
            name = name[consumed..];
        }

        return text.ToString();
    }

    /// <summary>The bytes of a path, with a zero behind them.</summary>
    public static byte[] Encode(string path)
    {
        byte[] bytes = new byte[MostBytes(path)];
        return bytes[..Encode(path, bytes)];
    }

    private static int MostBytes(string path) => Encoding.UTF8.GetMaxByteCount(path.Length) + 1;

    /// <returns>How many bytes were written, with the zero.</returns>
    private static int Encode(string path, Span<byte> bytes)
    {
        int length = 0;
        ReadOnlySpan<char> left = path;
        while (!left.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(left, out Rune rune, out int consumed) != OperationStatus.Done
                && left[0] is >= (char)(Escape + 0x80) and <= (char)(Escape + 0xff))
            {
                bytes[length++] = (byte)(left[0] - Escape);
            }
            else
            {
                length += rune.EncodeToUtf8(bytes[length..]);
            }

            left = left[consumed..];
        }

        bytes[length] = 0;
        return length + 1;
    }

    /// <summary>Passes a path to a system call, in memory of the caller's stack if it is short.</summary>
    public ref struct ToNative
    {
        private byte* _allocated;
        private byte* _path;

        /// <summary>How many bytes the caller has for it.</summary>
        public static int BufferSize => 512;

        public void FromManaged(string? path, Span<byte> buffer)
        {
            if (path is null) return;
            int most = MostBytes(path);
            if (most > buffer.Length)
            {
                _allocated = (byte*)NativeMemory.Alloc((nuint)most);
                buffer = new Span<byte>(_allocated, most);
            }

            Encode(path, buffer);

            // The caller's buffer is on the stack, which does not move.
            _path = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
        }

        public readonly byte* ToUnmanaged() => _path;

        public readonly void Free() => NativeMemory.Free(_allocated);
    }
}
