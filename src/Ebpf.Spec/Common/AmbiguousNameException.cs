namespace Ebpf;

/// <summary>The exception that is thrown when a name stands for several things, and which one is meant cannot be told.</summary>
/// <remarks>Nothing is wrong with the object or the kernel: identify the thing in another way, by its id for example.</remarks>
public sealed class AmbiguousNameException : BpfException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message, which says what the name stands for.</param>
    /// <param name="name">The name.</param>
    public AmbiguousNameException(string message, string name)
        : base(message)
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
    }

    /// <summary>Gets the name that stands for several things.</summary>
    public string Name { get; }
}
