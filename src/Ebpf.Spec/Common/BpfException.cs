using Ebpf.Common;
using Ebpf.Uapi;

namespace Ebpf;

/// <summary>The base of the exceptions that are thrown for errors of an eBPF object or of the kernel.</summary>
/// <remarks>
/// The message says what was being done, to what, what the kernel answered, and what to do about it. Mistakes in calling the
/// library (<c>null</c>, a disposed object, a span of the wrong length) are reported as <see cref="ArgumentException"/>,
/// <see cref="ObjectDisposedException"/> and the like, as everywhere in .NET.
/// </remarks>
public class BpfException : Exception
{
    /// <summary>Creates an exception for an error that did not come from the kernel.</summary>
    /// <param name="message">What was being done and to what, a colon, and what went wrong.</param>
    /// <param name="inner">The exception that caused this one; <c>null</c> for none.</param>
    public BpfException(string message, Exception? inner = null)
        : base(message, inner) => (Kind, ObjectName) = ErrorSubject.In(message);

    /// <summary>Creates an exception for the kernel's answer to an operation.</summary>
    /// <param name="operation">What was being done and to what: <c>Load program "count_packets"</c>.</param>
    /// <param name="error">The error number that the kernel returned.</param>
    /// <param name="advice">What the user can do about it; <c>null</c> if unknown.</param>
    /// <param name="inner">The exception that caused this one; <c>null</c> for none.</param>
    public BpfException(string operation, Errno error, string? advice = null, Exception? inner = null)
        : base(Format(operation, error, advice), inner)
    {
        Operation = operation;
        Errno = error;
        Advice = advice;
        (Kind, ObjectName) = ErrorSubject.In(operation);
    }

    /// <summary>Gets what was being done and to what; <c>null</c> if the error did not come from the kernel.</summary>
    public string? Operation { get; }

    /// <summary>Gets the kind of the object to which it was done; <see cref="ErrorObjectKind.None"/> when it is none of those.</summary>
    public ErrorObjectKind Kind { get; init; }

    /// <summary>
    /// Gets the name of the object to which it was done, as the spec or the kernel has it; <c>null</c> when it has none, or is not
    /// known by name: a map that is opened by its id, for example.
    /// </summary>
    public string? ObjectName { get; init; }

    /// <summary>
    /// Gets the error number that the kernel returned; <see cref="Errno.None"/> if the error did not come from the kernel.
    /// </summary>
    public Errno Errno { get; }

    /// <summary>Gets what the user can do about it; <c>null</c> if unknown.</summary>
    public string? Advice { get; }

    private static string Format(string operation, Errno error, string? advice)
    {
        string text = error == Errno.None ? operation : $"{operation}: {error.Describe()}";
        return advice is null ? text : $"{text}: {advice}";
    }
}
