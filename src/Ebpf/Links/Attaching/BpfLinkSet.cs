namespace Ebpf;

/// <summary>The links that <see cref="BpfCollection.AttachAll"/> made, and what became of each program.</summary>
/// <remarks>
/// It owns the links: disposing it detaches all of them, the last one first, as <see cref="BpfLink.DisposeAll"/> does. A link that nobody disposes stays attached until the process ends. Safe for use by several threads at once,
/// except <see cref="Take"/>.
/// </remarks>
public sealed class BpfLinkSet : IDisposable
{
    private readonly NameTable<BpfLink> _links = new("link of a program or struct_ops map");

    internal BpfLinkSet(IReadOnlyList<AttachOutcome> outcomes)
    {
        Outcomes = outcomes;
        foreach (AttachOutcome outcome in outcomes)
        {
            if (outcome.Link is { } link) _links.TryAdd(outcome.Name, link);
        }
    }

    /// <summary>
    /// Gets what became of each program and struct_ops map of the collection, in its order, the programs first: nothing is left out here.
    /// </summary>
    public IReadOnlyList<AttachOutcome> Outcomes { get; }

    /// <summary>Gets the links, by the names of the programs and struct_ops maps.</summary>
    public IReadOnlyDictionary<string, BpfLink> Links => _links;

    /// <summary>Gets the link of a program or a struct_ops map.</summary>
    /// <param name="name">The name that it has in the collection.</param>
    /// <exception cref="KeyNotFoundException">It is not attached, or the collection has nothing of this name.</exception>
    public BpfLink this[string name] => _links[name];

    /// <summary>Removes a link from the set: it is the caller's to dispose from now on.</summary>
    /// <param name="name">The name of the program or struct_ops map.</param>
    /// <returns>The link.</returns>
    /// <exception cref="KeyNotFoundException">It is not attached, or its link was taken before.</exception>
    public BpfLink Take(string name) => _links.Take(name);

    /// <summary>Closes every link. Calling it again does nothing.</summary>
    public void Dispose() => BpfLink.DisposeAll([.. _links.Values]);

    /// <summary>Returns one line for each program and struct_ops map.</summary>
    public override string ToString() => string.Join('\n', Outcomes);
}
