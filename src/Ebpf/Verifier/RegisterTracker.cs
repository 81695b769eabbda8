using System.Globalization;

namespace Ebpf.Verifier;

/// <summary>Gathers what the log tells of registers and stack, piece by piece: since Linux 5.17 it tells only what changed.</summary>
internal sealed class RegisterTracker(string log)
{
    /// <summary>MAX_CALL_FRAMES of the verifier: 8, and 16 in Linux 7.2.</summary>
    private const int MaxFrames = 16;

    /// <summary>A value longer than this is cut off: it is for people.</summary>
    private const int MaxValueLength = 400;

    private readonly FrameValues?[] _frames = new FrameValues?[MaxFrames];
    private int _frame;
    private bool _endsCall;

    /// <summary>Reads a state: <c>frame1: R0_w=0 R1=ctx() R10=fp0 fp-8=mmmm???? refs=2</c>.</summary>
    /// <param name="state">Where it is in the log.</param>
    /// <param name="isWhole">Whether what it does not name has no value.</param>
    public void Read(Range state, bool isWhole)
    {
        EndCall();
        ReadOnlySpan<char> text = log.AsSpan(state);
        int offset = state.Start.Value;
        int at = text.Length - text.TrimStart(' ').Length;
        int frame = TakeFrame(text, ref at);
        if (isWhole || frame > _frame) _frames[frame] = null;
        _frame = frame;
        FrameValues values = _frames[frame] ??= new FrameValues();
        while (at < text.Length)
        {
            int end = EndOfToken(text, at);
            int equals = text[at..end].IndexOf('=');
            if (equals > 0) values.Set(text[at..(at + equals)], (offset + at + equals + 1)..(offset + end));
            at = end + 1;
        }
    }

    /// <summary>A call is looked at. If the verifier goes on after it, the registers with the arguments have no value any more.</summary>
    public void BeginCall() => _endsCall = true;

    /// <summary>The verifier is past the instruction before.</summary>
    public void EndCall()
    {
        if (!_endsCall) return;
        _endsCall = false;
        _frames[_frame]?.ForgetArguments();
    }

    /// <summary>What was gathered of the function in which the verifier is; <c>null</c> if that is nothing.</summary>
    public VerifierState? Current()
    {
        if (_frames[_frame] is not { } values) return null;
        List<VerifierValue> registers = [], stack = [];
        for (int i = 0; i < values.Registers.Length; i++)
        {
            if (values.Registers[i] is { } value) registers.Add(new($"R{i}", Text(value)));
        }

        foreach ((int offset, Range value) in values.Stack.OrderByDescending(pair => pair.Key))
            stack.Add(new(string.Create(CultureInfo.InvariantCulture, $"fp{offset}"), Text(value)));
        return registers.Count + stack.Count == 0 ? null : new VerifierState(_frame, registers, stack);
    }

    private static int TakeFrame(ReadOnlySpan<char> text, ref int at)
    {
        const string word = "frame";
        if (!text[at..].StartsWith(word, StringComparison.Ordinal)) return 0;
        int digits = text[(at + word.Length)..].IndexOf(':');
        if (digits < 0 || !int.TryParse(
            text.Slice(at + word.Length, digits), NumberStyles.None, CultureInfo.InvariantCulture, out int frame)) return 0;
        at += word.Length + digits + 1;
        return Math.Min(frame, MaxFrames - 1);
    }

    /// <summary>Values are separated by spaces, but have some within parentheses: <c>var_off=(0x0; 0xff)</c>.</summary>
    private static int EndOfToken(ReadOnlySpan<char> text, int at)
    {
        int depth = 0;
        for (; at < text.Length; at++)
        {
            char c = text[at];
            if (c == '(') depth++;
            else if (c == ')') depth--;
            else if (c == ' ' && depth <= 0) break;
        }

        return at;
    }

    private string Text(Range range)
    {
        ReadOnlySpan<char> text = log.AsSpan(range);
        return text.Length > MaxValueLength ? $"{text[..MaxValueLength]}…" : text.ToString();
    }

    /// <summary>The values of one function, by where they stand in the log.</summary>
    private sealed class FrameValues
    {
        private const int LastArgument = 5;

        public Range?[] Registers { get; } = new Range?[11];

        public Dictionary<int, Range> Stack { get; } = [];

        public void Set(ReadOnlySpan<char> name, Range value)
        {
            // How a value was used follows its name, in older kernels: R1_w, R0_rw, fp-8_w.
            if (name.IndexOf('_') is > 0 and int mark) name = name[..mark];
            if (name[0] == 'R' && TryNumber(name[1..], out int register))
            {
                if ((uint)register < (uint)Registers.Length) Registers[register] = value;
            }
            else if (name.StartsWith("fp", StringComparison.Ordinal) && TryNumber(name[2..], out int offset))
            {
                Stack[offset] = value;
            }
        }

        public void ForgetArguments() => Array.Clear(Registers, 0, LastArgument + 1);

        private static bool TryNumber(ReadOnlySpan<char> text, out int number) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
