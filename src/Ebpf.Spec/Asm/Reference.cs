using System.Collections.Immutable;

namespace Ebpf.Asm;

/// <summary>Represents what an instruction refers to by name, until the name is resolved when the program is loaded.</summary>
/// <param name="kind">The kind of reference.</param>
/// <param name="name">The name.</param>
public sealed class Reference(ReferenceKind kind, string name) : IEquatable<Reference>
{
    /// <summary>Gets the kind of reference.</summary>
    public ReferenceKind Kind { get; } = kind;

    /// <summary>Gets the name.</summary>
    public string Name { get; } = name ?? throw new ArgumentNullException(nameof(name));

    /// <summary>Whether the encoder turns the name into a distance, by the symbols of the list.</summary>
    internal bool IsDistance => Kind is ReferenceKind.Label or ReferenceKind.Function or ReferenceKind.FunctionAddress;

    /// <summary>Gets the labels of a jump table, in its order; empty for other kinds.</summary>
    public ImmutableArray<string> Targets { get; init; } = [];

    /// <inheritdoc/>
    public bool Equals(Reference? other) =>
        ReferenceEquals(this, other) || (other is not null && Kind == other.Kind && Name == other.Name && Targets.SequenceEqual(other.Targets));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Reference);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Kind, Name);

    /// <summary>Returns the reference after labels were renamed; itself if it is to none of them.</summary>
    internal Reference RenameLabels(Dictionary<string, string> changes)
    {
        if (Kind == ReferenceKind.Label) return changes.TryGetValue(Name, out string? name) ? new Reference(Kind, name) : this;
        return Targets.Any(changes.ContainsKey)
            ? new Reference(Kind, Name) { Targets = [.. Targets.Select(target => changes.GetValueOrDefault(target, target))] }
            : this;
    }

    /// <summary>Returns the kind and the name: <c>Map "counts"</c>.</summary>
    public override string ToString() => $"{Kind} \"{Name}\"";
}
