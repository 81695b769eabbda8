using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Ebpf.Common;

namespace Ebpf;

/// <summary>Represents items that are accessed by name, in a fixed order: that of the object.</summary>
/// <typeparam name="T">The type of the items.</typeparam>
[DebuggerDisplay("Count = {Count}")]
public class NameTable<T> : IReadOnlyDictionary<string, T>
    where T : class
{
    private protected readonly OrderedDictionary<string, T> _items = new(StringComparer.Ordinal);

    /// <param name="what">What is named, in the singular, for messages: <c>map</c>.</param>
    internal NameTable(string what) => What = what;

    /// <summary>Gets the number of items.</summary>
    public int Count => _items.Count;

    /// <summary>Gets the names, in order.</summary>
    public IEnumerable<string> Keys => _items.Keys;

    /// <summary>Gets the items, in order.</summary>
    public IEnumerable<T> Values => _items.Values;

    /// <summary>What is named, in the singular, for messages.</summary>
    private protected string What { get; }

    /// <summary>Gets the item with the given name.</summary>
    /// <param name="name">The name. Case matters.</param>
    /// <exception cref="KeyNotFoundException">There is no such item; the message lists the names that there are.</exception>
    public T this[string name] =>
        _items.TryGetValue(name, out T? item) ? item : throw new KeyNotFoundException(NotFound(name));

    /// <summary>Returns whether there is an item with the given name.</summary>
    /// <param name="name">The name. Case matters.</param>
    public bool ContainsKey(string name) => _items.ContainsKey(name);

    /// <summary>Gets the item with the given name, if there is one.</summary>
    /// <param name="name">The name. Case matters.</param>
    /// <param name="item">The item; <c>null</c> if there is none.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetValue(string name, [MaybeNullWhen(false)] out T item) => _items.TryGetValue(name, out item);

    /// <summary>Enumerates names and items, in order.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryAdd(string name, T item) => _items.TryAdd(name, item);

    /// <summary>Takes one out.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that are there.</exception>
    internal T Take(string name) => _items.Remove(name, out T? item) ? item : throw new KeyNotFoundException(NotFound(name));

    private string NotFound(string name)
    {
        string known = Count == 0
            ? $"there is no {What} at all"
            : $"there are: {string.Join(", ", Keys.Take(Limits.MaxNamesListed))}{(Count > Limits.MaxNamesListed ? $", and {Count - Limits.MaxNamesListed} more" : "")}";
        return $"No {What} is called \"{name}\"; {known}.";
    }
}
