using System.Diagnostics.CodeAnalysis;

namespace Ebpf.Asm;

/// <summary>Identifies one kind of value that is attached to instructions; see <see cref="Instruction.SetMetadata"/>.</summary>
/// <remarks>
/// Two keys are different even if they have the same name: keep one in a static field. Immutable, and safe for use by several
/// threads at once.
/// </remarks>
/// <typeparam name="T">The type of the values.</typeparam>
/// <param name="name">The name of the values, for debugging.</param>
public sealed class MetadataKey<T>(string name)
    where T : notnull
{
    /// <summary>Gets the name of the values.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A value that a user has attached to an instruction, and those that were attached before. Immutable, each key once.</summary>
internal sealed class Metadata : IEquatable<Metadata>
{
    private readonly object _key;
    private readonly object _value;
    private readonly Metadata? _next;

    private Metadata(object key, object value, Metadata? next)
    {
        _key = key;
        _value = value;
        _next = next;
    }

    /// <summary>Adds a value, or puts it in the place of that with the same key.</summary>
    public static Metadata With(Metadata? list, object key, object value) => new(key, value, Without(list, key));

    /// <summary>Leaves out the value of a key.</summary>
    public static Metadata? Without(Metadata? list, object key)
    {
        if (list is null || !TryFind(list, key, out _)) return list;
        return ReferenceEquals(list._key, key) ? list._next : new Metadata(list._key, list._value, Without(list._next, key));
    }

    /// <summary>Finds the value of a key.</summary>
    public static bool TryFind(Metadata? list, object key, [NotNullWhen(true)] out object? value)
    {
        for (; list is not null; list = list._next)
        {
            if (!ReferenceEquals(list._key, key)) continue;
            value = list._value;
            return true;
        }

        value = null;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(Metadata? other)
    {
        if (other is null || Count != other.Count) return false;
        for (Metadata? each = this; each is not null; each = each._next)
        {
            if (!TryFind(other, each._key, out object? value) || !value.Equals(each._value)) return false;
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Metadata);

    /// <inheritdoc/>
    public override int GetHashCode() => Count;

    private int Count => 1 + (_next?.Count ?? 0);
}
