namespace Ebpf;

/// <summary>The exception that is thrown when the kernel refuses BTF.</summary>
/// <remarks>The message has the essential line of the log; <see cref="Log"/> is the whole log.</remarks>
public sealed class BtfLoadException : BpfException
{
    internal BtfLoadException(string operation, Errno error, string log)
        : base(operation, error, ReasonIn(log))
    {
        Log = log;
    }

    /// <summary>Gets the kernel's log of checking the BTF: a line for each type and for each member.</summary>
    public string Log { get; }

    /// <summary>Returns the message, the whole log and the stack trace.</summary>
    public override string ToString() => $"{base.ToString()}{Environment.NewLine}BTF log:{Environment.NewLine}{Log}";

    /// <summary>
    /// The last line, which ends in what is wrong; before it, if it is about a member, the line of the type:
    /// <c>[2] STRUCT s size=4 vlen=1; a type_id=9 bits_offset=0 Invalid type_id</c>.
    /// </summary>
    private static string ReasonIn(string log)
    {
        ReadOnlySpan<char> rest = log.AsSpan().TrimEnd();
        if (rest.IsEmpty) return "the kernel gives no reason";
        ReadOnlySpan<char> last = LastLine(ref rest);
        string reason = last.Trim().ToString();
        if (last[0] != '\t') return reason;
        while (last[0] == '\t' && !rest.IsEmpty) last = LastLine(ref rest);
        return $"{last.Trim()}; {reason}";
    }

    /// <summary>Takes the last line off a text that is not empty.</summary>
    private static ReadOnlySpan<char> LastLine(ref ReadOnlySpan<char> text)
    {
        int before = text.LastIndexOf('\n');
        ReadOnlySpan<char> line = text[(before + 1)..];
        text = before < 0 ? default : text[..before].TrimEnd('\n');
        return line;
    }
}
