namespace Ebpf;

/// <summary>One location of a USDT probe: a place in a program or library at which the program tells what it does.</summary>
/// <remarks>
/// A probe has one location for each place in the code where the compiler put it: a function that is inlined many times gives many, and
/// the arguments can be elsewhere in each.
/// </remarks>
public sealed record UsdtProbe
{
    internal UsdtProbe(string provider, string name, string argumentText, IReadOnlyList<UsdtArgument> arguments) =>
        (Provider, Name, ArgumentText, Arguments) = (provider, name, argumentText, arguments);

    /// <summary>Gets the provider: <c>libc</c>.</summary>
    public string Provider { get; }

    /// <summary>Gets the name of the probe: <c>setjmp</c>.</summary>
    public string Name { get; }

    /// <summary>
    /// Gets the address of the probe's instruction as the file has it; in a shared library or a position-independent program it is moved
    /// when the file is loaded.
    /// </summary>
    public ulong Address { get; internal init; }

    /// <summary>Gets where the instruction is in the file, in bytes; <c>null</c> if no part of the file that is loaded as code holds it.</summary>
    public ulong? FileOffset { get; internal init; }

    /// <summary>
    /// Gets the address of the counter by which the program knows whether anything is attached (the semaphore), as the file has it;
    /// <c>null</c> if the probe has none.
    /// </summary>
    public ulong? SemaphoreAddress { get; internal init; }

    /// <summary>Gets where the semaphore is in the file, in bytes; <c>null</c> if there is none, or no part of the file that is loaded as data holds it.</summary>
    public ulong? SemaphoreFileOffset { get; internal init; }

    /// <summary>Gets the arguments as they stand in the file: <c>-4@%edi 8@-16(%rbp)</c>.</summary>
    public string ArgumentText { get; }

    /// <summary>Gets the arguments, in their order.</summary>
    public IReadOnlyList<UsdtArgument> Arguments { get; }

    /// <summary>Returns provider, name and arguments.</summary>
    public override string ToString() => ArgumentText.Length == 0 ? $"{Provider}:{Name}" : $"{Provider}:{Name}({ArgumentText})";
}
