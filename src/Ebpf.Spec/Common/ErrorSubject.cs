namespace Ebpf
{
    /// <summary>Specifies the kind of object on which an operation failed.</summary>
    public enum ErrorObjectKind
    {
        /// <summary>None of the others: the kernel as a whole, a file, an object file.</summary>
        None,

        /// <summary>A map.</summary>
        Map,

        /// <summary>A program; also when it is attached to something.</summary>
        Program,

        /// <summary>A global variable.</summary>
        Variable,

        /// <summary>A link.</summary>
        Link,

        /// <summary>BTF.</summary>
        Btf,

        /// <summary>A BPF token.</summary>
        Token,
    }
}

namespace Ebpf.Common
{
    /// <summary>Finds what an operation is done to in the words for it, whose form is the same everywhere in this library.</summary>
    /// <remarks>
    /// The words are a verb, a kind and, in quotation marks, a name: <c>Load program "count_packets"</c>. The first kind that is named
    /// is the object; what stands behind it, and behind a colon, is where, with what, or why.
    /// </remarks>
    internal static class ErrorSubject
    {
        private static readonly (string Word, ErrorObjectKind Kind)[] Kinds =
        [
            ("map", ErrorObjectKind.Map),
            ("program", ErrorObjectKind.Program),
            ("variable", ErrorObjectKind.Variable),
            ("link", ErrorObjectKind.Link),
            ("BTF", ErrorObjectKind.Btf),
            ("token", ErrorObjectKind.Token),
        ];

        /// <summary>The kind and the name of the object.</summary>
        /// <param name="operation">What was being done and to what; a message may follow behind a colon.</param>
        public static (ErrorObjectKind Kind, string? Name) In(string operation)
        {
            ReadOnlySpan<char> rest = operation;
            while (true)
            {
                // A word ends at a space; the part that says what went wrong begins behind ": ".
                int end = rest.IndexOf(' ');
                ReadOnlySpan<char> word = end < 0 ? rest : rest[..end];
                bool isLast = end < 0 || word.EndsWith(':');
                foreach ((string known, ErrorObjectKind kind) in Kinds)
                {
                    if (word.TrimEnd(':').SequenceEqual(known)) return (kind, isLast ? null : NameAt(rest[(end + 1)..]));
                }

                if (isLast) return (ErrorObjectKind.None, null);
                rest = rest[(end + 1)..];
            }
        }

        private static string? NameAt(ReadOnlySpan<char> text)
        {
            if (!text.StartsWith('"')) return null;
            int end = text[1..].IndexOf('"');
            return end < 0 ? null : text[1..(end + 1)].ToString();
        }
    }
}
