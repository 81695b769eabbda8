namespace Ebpf.Conformance;

/// <summary>What came of loading one program.</summary>
/// <param name="By">Who refused it.</param>
/// <param name="Error">What the kernel answered; of a refusal by the library itself nothing that could be compared.</param>
/// <param name="Text">What the library says.</param>
internal sealed record Verdict(Refuser By, Errno Error, string Text)
{
    /// <summary>The program was loaded.</summary>
    public static Verdict Loaded { get; } = new(Refuser.Nobody, Errno.None, "");

    /// <summary>Whether both are the same: loaded; or refused by the same with the same error.</summary>
    public bool IsSameAs(Verdict other) =>
        By == other.By && (By is Refuser.Nobody or Refuser.Library || Error == other.Error);

    /// <summary>One line for a report.</summary>
    public override string ToString() => By switch
    {
        Refuser.Nobody => "loads it",
        Refuser.Library => $"refuses it itself ({FirstLine})",
        _ => $"gets {Error} for the {(By == Refuser.Map ? "map" : "program")} ({FirstLine})",
    };

    private string FirstLine => Text.Split('\n', 2)[0];
}

/// <summary>Who refuses a program.</summary>
internal enum Refuser
{
    /// <summary>It was loaded.</summary>
    Nobody,

    /// <summary>The kernel, the program itself.</summary>
    Program,

    /// <summary>The kernel, a map of the object.</summary>
    Map,

    /// <summary>The library, before it asked the kernel.</summary>
    Library,
}
