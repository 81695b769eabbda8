namespace Ebpf;

/// <summary>
/// Represents the specs of one kind in a <see cref="CollectionSpec"/>, in a fixed order. Specs can be added and removed.
/// </summary>
/// <remarks>Not safe for use by several threads at once while it is changed.</remarks>
/// <typeparam name="T">The type of spec.</typeparam>
public sealed class SpecTable<T> : NameTable<T>
    where T : class
{
    internal SpecTable(string what)
        : base(what)
    {
    }

    /// <summary>Gets or sets the spec with the given name. A spec that is set under a new name is added at the end.</summary>
    /// <param name="name">The name. Case matters.</param>
    /// <exception cref="ArgumentException">The name to be set is empty.</exception>
    /// <exception cref="ArgumentNullException">The name, or the spec to be set, is <c>null</c>.</exception>
    /// <exception cref="KeyNotFoundException">
    /// There is no such spec to get; the message lists the names that there are.
    /// </exception>
    public new T this[string name]
    {
        get => base[name];
        set
        {
            Check(name, value);
            _items[name] = value;
        }
    }

    /// <summary>Adds a spec at the end.</summary>
    /// <param name="name">The name under which the collection knows it.</param>
    /// <param name="item">The spec.</param>
    /// <exception cref="ArgumentException">The name is empty, or there is a spec of this name already.</exception>
    public void Add(string name, T item)
    {
        Check(name, item);
        if (!_items.TryAdd(name, item)) throw Taken(name, nameof(name));
    }

    /// <summary>Adds a spec at the end, unless there is one of this name.</summary>
    /// <param name="name">The name under which the collection knows it.</param>
    /// <param name="item">The spec.</param>
    /// <returns>Whether it was added.</returns>
    /// <exception cref="ArgumentException">The name is empty.</exception>
    public new bool TryAdd(string name, T item)
    {
        Check(name, item);
        return _items.TryAdd(name, item);
    }

    /// <summary>Removes a spec, so that it will not be loaded.</summary>
    /// <param name="name">The name. Case matters.</param>
    /// <returns>Whether it was there.</returns>
    public bool Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _items.Remove(name);
    }

    /// <summary>Removes all specs.</summary>
    public void Clear() => _items.Clear();

    /// <summary>Gives a spec another name here, in its old place.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that are there.</exception>
    /// <exception cref="ArgumentException">The new name is empty, or taken.</exception>
    internal T Rename(string name, string newName)
    {
        T item = base[name];
        Check(newName, item);
        if (name == newName) return item;
        if (_items.ContainsKey(newName)) throw Taken(newName, nameof(newName));
        int index = _items.IndexOf(name);
        _items.RemoveAt(index);
        _items.Insert(index, newName, item);
        return item;
    }

    private static void Check(string name, T item)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(item);
    }

    private ArgumentException Taken(string name, string parameter) =>
        new($"There is a {What} called \"{name}\" already.", parameter);
}
