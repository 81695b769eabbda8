namespace Ebpf;

/// <content>Iterators, functions of programs.</content>
public sealed partial class AttachPoint
{
    /// <summary>Creates the target for iterators: what they walk over.</summary>
    /// <param name="scope">What they walk over.</param>
    public static AttachPoint Iteration(IteratorScope scope)
    {
        ArgumentNullException.ThrowIfNull(scope);
        return new AttachPoint($"iteration of {scope}", program => program.AttachIterator(scope));
    }

    /// <summary>Creates the target for programs that replace a function of another program (<c>freplace</c>).</summary>
    /// <param name="program">The program; it stays the caller's, and must be open when the other one is attached.</param>
    /// <param name="function">The function; <c>null</c> for the one that the section of the program that is attached names.</param>
    public static AttachPoint Function(BpfProgram program, string? function = null)
    {
        ArgumentNullException.ThrowIfNull(program);
        return new AttachPoint($"{function ?? "a function"} of {program}", replacement => replacement.AttachFreplace(program, function));
    }
}
