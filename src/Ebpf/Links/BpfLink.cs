namespace Ebpf;

/// <summary>A program that is attached: it runs until the link is disposed.</summary>
/// <remarks>
/// A link that nobody disposes stays attached until the process ends: the garbage collector detaches nothing. Safe for
/// use by several threads at once.
/// </remarks>
public abstract class BpfLink : IDisposable
{
    private protected BpfLink(BpfHandle handle, LinkType type, string description)
    {
        Handle = handle;
        Type = type;
        Description = description;
    }

    /// <summary>The kind of link.</summary>
    public LinkType Type { get; }

    /// <summary>What is attached to what: <c>program "count_packets" on interface eth0</c>.</summary>
    public string Description { get; }

    /// <summary>The descriptor whose closing detaches the program.</summary>
    public BpfHandle Handle { get; }

    /// <summary>Detaches the program. Doing it again does nothing.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    /// <summary>What is attached to what.</summary>
    public override string ToString() => Description;

    private protected virtual void Close() => Handle.Dispose();
}
