using System.Collections;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Ebpf;

/// <summary>Things known by their names, in a fixed order: the one in which they stand in the object.</summary>
/// <typeparam name="T">What is named.</typeparam>
[DebuggerDisplay("Count = {Count}")]
public class NameTable<T> : IReadOnlyDictionary<string, T>
    where T : class
{
    private protected readonly OrderedDictionary<string, T> _items = new(StringComparer.Ordinal);
    private readonly string _what;

    /// <param name="what">What is named, in the singular, for messages: <c>map</c>.</param>
    internal NameTable(string what) => _what = what;

    /// <summary>How many there are.</summary>
    public int Count => _items.Count;

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Keys => _items.Keys;

    /// <summary>The things named, in order.</summary>
    public IEnumerable<T> Values => _items.Values;

    /// <summary>The one of this name.</summary>
    /// <param name="name">Its name, exactly.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that are there.</exception>
    public T this[string name] =>
        _items.TryGetValue(name, out T? item) ? item : throw new KeyNotFoundException(NotFound(name));

    /// <summary>Whether there is one of this name.</summary>
    /// <param name="name">Its name, exactly.</param>
    public bool ContainsKey(string name) => _items.ContainsKey(name);

    /// <summary>Looks for the one of this name.</summary>
    /// <param name="name">Its name, exactly.</param>
    /// <param name="item">What was found.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetValue(string name, [MaybeNullWhen(false)] out T item) => _items.TryGetValue(name, out item);

    /// <summary>Enumerates names and things, in order.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal bool TryAdd(string name, T item) => _items.TryAdd(name, item);

    /// <summary>Takes one out.</summary>
    /// <exception cref="KeyNotFoundException">There is none; the message lists those that are there.</exception>
    internal T Take(string name) => _items.Remove(name, out T? item) ? item : throw new KeyNotFoundException(NotFound(name));

    private string NotFound(string name)
    {
        const int most = 20;
        string known = Count == 0
            ? $"there is no {_what} at all"
            : $"there are: {string.Join(", ", Keys.Take(most))}{(Count > most ? $", and {Count - most} more" : "")}";
        return $"No {_what} is called \"{name}\"; {known}.";
    }
}
