namespace Ebpf;

/// <summary>The kernel refused BTF.</summary>
/// <remarks>The message has the essence of the log; <see cref="Log"/> has all of it.</remarks>
public sealed class BtfLoadException : BpfException
{
    internal BtfLoadException(string operation, Errno error, string log)
        : base(operation, error, ReasonIn(log))
    {
        Log = log;
    }

    /// <summary>What the kernel wrote while it checked the types, one line for each and one for each member.</summary>
    public string Log { get; }

    /// <summary>The message, the whole log and the stack.</summary>
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
