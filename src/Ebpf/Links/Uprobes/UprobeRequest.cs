namespace Ebpf.Links.Uprobes;

/// <summary>A place in a file at which a program is to run.</summary>
/// <param name="Offset">Where it is in the file, in bytes.</param>
/// <param name="Cookie">The cookie; 0 for none.</param>
/// <param name="Semaphore">Where in the file the counter is that the kernel increments (ref_ctr); 0 for none.</param>
internal readonly record struct UprobePlace(ulong Offset, ulong Cookie = 0, ulong Semaphore = 0)
{
    /// <summary>What messages call it; <c>null</c> for its offset.</summary>
    public string? Name { get; init; }

    public override string ToString() => Name ?? $"file offset 0x{Offset:x}";
}

/// <summary>A program that is to run at places of a file.</summary>
/// <param name="program">The program.</param>
/// <param name="file">The file, which stays the caller's, and need not stay open once this is attached.</param>
/// <param name="places">The places; at least one.</param>
/// <param name="what">What is attached to what, for messages.</param>
internal sealed class UprobeRequest(BpfProgram program, ProbedFile file, IReadOnlyList<UprobePlace> places, string what)
{
    public BpfProgram Program => program;

    public ProbedFile File => file;

    public IReadOnlyList<UprobePlace> Places => places;

    public string What => what;

    /// <summary>In which processes it counts.</summary>
    public ProcessScope Scope { get; init; } = ProcessScope.AllProcesses;

    /// <summary>Whether the program runs when the functions at the places return.</summary>
    public bool AtReturn { get; init; }

    /// <summary>
    /// Is told of each place that the kernel refuses, which is left out then, and why; <c>null</c> if one that is refused fails the whole.
    /// </summary>
    public Action<UprobePlace, string>? Skipped { get; init; }

    /// <summary>What one of the ways knows about its own failure.</summary>
    public string? Advice { get; set; }

    /// <summary>Whether this process may not open a perf event for it.</summary>
    public bool IsForbidden { get; set; }

    /// <summary>The same for some of the places.</summary>
    public UprobeRequest With(IReadOnlyList<UprobePlace> some) => new(program, file, some, what) { Scope = Scope, AtReturn = AtReturn, Skipped = Skipped };
}
