namespace Ebpf;

/// <summary>The specs of one kind in a <see cref="CollectionSpec"/>; can be added to and removed from.</summary>
/// <typeparam name="T">The kind of spec.</typeparam>
public sealed class SpecTable<T> : NameTable<T>
    where T : class
{
    internal SpecTable(string what)
        : base(what)
    {
    }

    /// <summary>Adds one at the end.</summary>
    /// <param name="name">The name under which the collection knows it.</param>
    /// <param name="item">The spec.</param>
    /// <exception cref="ArgumentException">There is one of this name already.</exception>
    public void Add(string name, T item)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(item);
        _items.Add(name, item);
    }

    /// <summary>Takes one out, so that it will not be loaded.</summary>
    /// <param name="name">Its name, exactly.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string name) => _items.Remove(name);
}
