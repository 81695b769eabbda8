namespace Ebpf;

/// <summary>A name stands for several things, and which one is meant cannot be told.</summary>
/// <remarks>Nothing is wrong with the object or the kernel: ask for the thing in another way, by its id for example.</remarks>
public sealed class AmbiguousNameException : BpfException
{
    /// <summary>Creates the error.</summary>
    /// <param name="message">What the name stands for.</param>
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
