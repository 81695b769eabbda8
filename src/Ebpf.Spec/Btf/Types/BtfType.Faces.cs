using Ebpf.Btf.Compare;

namespace Ebpf.Btf;

/// <content>What is done in the rooms above: comparing, and writing C.</content>
public abstract partial class BtfType
{
    /// <summary>
    /// Returns whether another type, of this or another BTF, is the same in all that BTF describes: kind, name, size, members with their
    /// offsets, and so on for all that it refers to. Ids, declaration tags and byte orders do not matter.
    /// </summary>
    /// <param name="other">The other type.</param>
    /// <exception cref="ObjectFormatException">A type refers to one that does not exist, or is of a kind that is not known.</exception>
    public bool IsSameAs(BtfType other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new TypeEquivalence().AreSame(this, other);
    }

    /// <summary>Returns the definition of the type in C, whole but without those of other types; <see cref="CWriter"/> writes these.</summary>
    /// <returns>
    /// <c>struct event { … };</c>, on as many lines as it takes; a declaration for functions and variables; what C calls
    /// the type if it needs no definition (<c>const char *</c>).
    /// </returns>
    /// <exception cref="ObjectFormatException">The BTF is malformed, or has what C cannot express.</exception>
    /// <exception cref="NotSupportedException">It is a data section, a declaration tag, or of an unknown kind.</exception>
    public string ToC() => _owner is null ? "void" : CWriter.Define(this);
}
