namespace Ebpf;

/// <summary>What became of a program or a struct_ops map in <see cref="BpfCollection.AttachAll"/>.</summary>
public enum AttachStatus
{
    /// <summary>It is attached.</summary>
    Attached,

    /// <summary>It was not to be attached, or nothing says where: see <see cref="AttachOutcome.Reason"/>.</summary>
    LeftOut,

    /// <summary>It could not be attached: see <see cref="AttachOutcome.Error"/>.</summary>
    Failed,
}

/// <summary>What <see cref="BpfCollection.AttachAll"/> did with a program or a struct_ops map.</summary>
public sealed record AttachOutcome
{
    internal AttachOutcome(string name) => Name = name;

    /// <summary>Gets the name that it has in the collection.</summary>
    public string Name { get; }

    /// <summary>Gets the program; <c>null</c> for a struct_ops map.</summary>
    public BpfProgram? Program { get; internal init; }

    /// <summary>Gets the struct_ops map; <c>null</c> for a program.</summary>
    public BpfMap? Map { get; internal init; }

    /// <summary>Gets what became of it.</summary>
    public AttachStatus Status { get; internal init; }

    /// <summary>Gets the link, which the <see cref="BpfLinkSet"/> disposes; <c>null</c> if it is not attached.</summary>
    public BpfLink? Link { get; internal init; }

    /// <summary>Gets why it is not attached, and what to do about it; <c>null</c> if it is.</summary>
    public string? Reason { get; internal init; }

    /// <summary>Gets the error; <c>null</c> unless it <see cref="AttachStatus.Failed"/>.</summary>
    public Exception? Error { get; internal init; }

    /// <summary>Returns one line that says what became of it.</summary>
    public override string ToString() => Status switch
    {
        AttachStatus.Attached => $"{Name}: {Link}",
        AttachStatus.LeftOut => $"{Name}: left out: {Reason}",
        _ => $"{Name}: failed: {Reason}",
    };
}
