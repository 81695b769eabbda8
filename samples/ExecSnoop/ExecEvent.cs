using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Ebpf;

namespace ExecSnoop;

/// <summary>A program that was started, or could not be: <c>struct event</c> of exec_snoop.bpf.c, field by field.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExecEvent
{
    public ulong Time;
    public uint Process;
    public uint Parent;
    public uint User;
    public int Error;
    public uint ArgumentsLength;
    public uint Padding;
    private NameBytes _parentName;
    private ArgumentBytes _arguments;

    /// <summary>When it was. The program counts nanoseconds by the same clock as a stopwatch.</summary>
    public readonly DateTime LocalTime => DateTime.Now - Stopwatch.GetElapsedTime((long)Time);

    /// <summary>Why it could not be started; <see cref="Errno.None"/> if it was.</summary>
    public readonly Errno Failure => (Errno)(-Error);

    public readonly string ParentName => Read(_parentName);

    /// <summary>The arguments as one would type them, from the name of the program on; of a failure the path alone.</summary>
    public readonly string CommandLine
    {
        get
        {
            ReadOnlySpan<byte> bytes = _arguments;
            bool isCut = ArgumentsLength > bytes.Length;
            bytes = bytes[..(int)Math.Min(ArgumentsLength, (uint)bytes.Length)];
            if (!isCut && bytes is [.., 0]) bytes = bytes[..^1];
            StringBuilder line = new();
            foreach (Range argument in bytes.Split((byte)0))
                line.Append(line.Length == 0 ? "" : " ").Append(Quote(Encoding.UTF8.GetString(bytes[argument])));
            return isCut ? line.Append(" …").ToString() : line.ToString();
        }
    }

    private static string Read(ReadOnlySpan<byte> name)
    {
        int end = name.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? name : name[..end]);
    }

    /// <summary>Line ends and terminal controls of strangers' arguments must not reach the terminal.</summary>
    private static string Quote(string argument)
    {
        StringBuilder shown = new();
        foreach (char character in argument) shown.Append(char.IsControl(character) ? $"\\x{(int)character:x2}" : character);
        return argument.Length == 0 || argument.Contains(' ') ? $"'{shown}'" : shown.ToString();
    }

    [InlineArray(16)]
    private struct NameBytes
    {
        private byte _first;
    }

    [InlineArray(1024)]
    private struct ArgumentBytes
    {
        private byte _first;
    }
}
