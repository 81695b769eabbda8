using Ebpf.Btf.Compare;

namespace Ebpf.Btf;

/// <content>What is done in the rooms above: comparing, and writing C.</content>
public abstract partial class BtfType
{
    /// <summary>
    /// Returns whether another type, of this or another BTF, has the same definition: kind, name, size, members with their
    /// offsets, and the same of every type that it refers to. Ids, declaration tags and byte order are not compared.
    /// </summary>
    /// <param name="other">The type to compare with.</param>
    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public bool IsSameAs(BtfType other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new TypeEquivalence().AreSame(this, other);
    }

    /// <summary>
    /// Returns the definition of the type in C, without the definitions of other types, which <see cref="CWriter"/> writes.
    /// </summary>
    /// <returns>
    /// <c>struct event { … };</c>, on as many lines as it takes; a declaration for functions and variables; what C calls
    /// the type if it needs no definition (<c>const char *</c>).
    /// </returns>
    /// <exception cref="ObjectFormatException">The BTF is malformed, or cannot be expressed in C.</exception>
    /// <exception cref="NotSupportedException">The type is a data section, a declaration tag, or of an unknown kind.</exception>
    public string ToC() => _owner is null ? "void" : CWriter.Define(this);
}
