using Ebpf.Errors;
using Ebpf.Kernel;
using Ebpf.Linux;

namespace Ebpf.Links;

/// <summary>Tries one way of attaching.</summary>
/// <param name="request">What to attach to what.</param>
/// <param name="error">The error of the call that failed; then nothing that was made is left.</param>
/// <returns>The attachment; <c>null</c> after an error.</returns>
internal delegate Attachment? AttachAttempt<in TRequest>(TRequest request, out Errno error);

/// <summary>What follows from the error of one way of attaching.</summary>
internal readonly struct Verdict
{
    private Verdict(bool goesOn) => GoesOn = goesOn;

    /// <summary>The kernel does not know this way: the next one is tried.</summary>
    public static Verdict Next { get; } = new(goesOn: true);

    /// <summary>The error is final, and says enough with what <see cref="Refusal"/> knows about it.</summary>
    public static Verdict Stop => default;

    /// <summary>Whether the next way is tried.</summary>
    public bool GoesOn { get; }

    /// <summary>What the error means here, and what to do about it.</summary>
    public string? Advice { get; private init; }

    /// <summary>What the kernel lacks.</summary>
    public string? Feature { get; private init; }

    /// <summary>The first kernel that has it.</summary>
    public Version? Since { get; private init; }

    /// <summary>The error is final.</summary>
    /// <param name="advice">What it means here, and what to do about it; <c>null</c> as for <see cref="Stop"/>.</param>
    public static Verdict Explain(string? advice) => new() { Advice = advice };

    /// <summary>The error is final: the kernel is too old for what was asked.</summary>
    public static Verdict Lacks(string feature, Version since) => new() { Feature = feature, Since = since };
}

/// <summary>One way of attaching.</summary>
/// <param name="Name">What it is called where all failed: <c>perf event</c>.</param>
/// <param name="Attempt">Tries it.</param>
/// <param name="Judge">
/// What its errors mean. An error that says that somebody else holds the place (EBUSY, EEXIST) is never <see cref="Verdict.Next"/>, and the
/// next way must do all that was asked for: it drops no cookie.
/// </param>
internal sealed record Rung<TRequest>(string Name, AttachAttempt<TRequest> Attempt, Func<TRequest, Errno, Verdict> Judge);

/// <summary>The ways in which a family attaches programs, the best one first: each for kernels that do not know the one before.</summary>
/// <param name="rungs">The ways.</param>
internal sealed class Ladder<TRequest>(params Rung<TRequest>[] rungs)
{
    /// <summary>Attaches in the first way that the kernel knows.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="request">What to attach to what.</param>
    /// <param name="what">The same in words: <c>program "count_packets" on interface eth0</c>.</param>
    /// <param name="needed">The privileges that it takes.</param>
    /// <exception cref="BpfException">The kernel refused, or knows none of the ways.</exception>
    public Attachment Climb(LinuxKernel kernel, TRequest request, string what, Privileges needed)
    {
        List<string>? tried = null;
        for (int i = 0; ; i++)
        {
            Rung<TRequest> rung = rungs[i];
            if (rung.Attempt(request, out Errno error) is { } attachment) return attachment;
            Verdict verdict = rung.Judge(request, error);
            if (!verdict.GoesOn || i == rungs.Length - 1) throw Failed(kernel, what, error, needed, verdict, tried);
            (tried ??= []).Add($"{rung.Name}: {error}");
        }
    }

    private static BpfException Failed(
        LinuxKernel kernel, string what, Errno error, Privileges needed, in Verdict verdict, List<string>? tried)
    {
        string operation = $"Attach {what}";
        if (verdict.Feature is { } feature) return new FeatureNotSupportedException(operation, feature, verdict.Since, error);
        string? advice = verdict.Advice ?? Refusal.AdviceFor(kernel, error, needed);
        if (tried is not null)
        {
            string before = $"before, the kernel refused other ways: {string.Join(", ", tried)}";
            advice = advice is null ? before : $"{advice} ({before})";
        }

        return new BpfException(operation, error, advice);
    }
}
