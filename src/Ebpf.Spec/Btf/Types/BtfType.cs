using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>
/// Represents a type that BTF describes. Immutable; the types that it refers to are decoded when they are asked for.
/// </summary>
/// <remarks>
/// Within one <see cref="BtfSpec"/> there is one object for each <see cref="Id"/>, so that types can be compared by
/// reference. Any property throws <see cref="ObjectFormatException"/> if that part of the BTF is malformed.
/// Safe for use by several threads at once.
/// </remarks>
public abstract partial class BtfType
{
    private readonly BtfSpec? _owner;
    private readonly uint _nameOffset;
    private string? _name;

    private protected BtfType()
    {
    }

    private protected BtfType(BtfSpec owner, uint id, BtfRecord record)
    {
        _owner = owner;
        Id = new BtfTypeId(id);
        _nameOffset = record.NameOffset;
    }

    /// <summary>Gets the number of the type in its BTF; 0 for <c>void</c>.</summary>
    public BtfTypeId Id { get; }

    /// <summary>Gets the kind of the type.</summary>
    public abstract BtfKind Kind { get; }

    /// <summary>Gets the name in the source; empty if the type has none. For tags, gets the text of the tag.</summary>
    public string Name => _name ??= _owner is null ? "" : IsTag ? _owner.Strings.Text(_nameOffset) : _owner.Strings.NameText(_nameOffset);

    /// <summary>
    /// Gets the name without its flavor: <c>task_struct</c> for <c>task_struct___old</c>. To CO-RE, names that differ only in
    /// what follows three underscores are the same.
    /// </summary>
    public string EssentialName =>
        NameIndex.EssentialLength(NameUtf8) is var length && length < NameUtf8.Length
            ? Encoding.UTF8.GetString(NameUtf8[..length])
            : Name;

    /// <summary>
    /// Gets the texts of <c>__attribute__((btf_decl_tag("…")))</c> on the type, variable or function itself, in the order of the
    /// BTF.
    /// </summary>
    public IReadOnlyList<string> Tags => GetTags(DeclTagType.WholeType);

    /// <summary>The BTF that describes it; only <c>void</c> has none.</summary>
    internal BtfSpec Owner => _owner ?? throw new InvalidOperationException("void belongs to no BTF.");

    /// <summary>The name as it stands in BTF.</summary>
    internal ReadOnlySpan<byte> NameUtf8 =>
        _owner is null ? default : IsTag ? _owner.Strings.Utf8(_nameOffset) : _owner.Strings.Name(_nameOffset);

    internal uint NameOffset => _nameOffset;

    /// <summary>Whether the name is a text, which may be of any length.</summary>
    private bool IsTag => this is DeclTagType or TypeTagType;

    /// <summary>
    /// Returns the type behind <c>const</c>, <c>volatile</c>, <c>restrict</c> and type tags. Typedefs are kept.
    /// </summary>
    /// <exception cref="ObjectFormatException">The qualifiers form a cycle, or are more than 32 deep.</exception>
    public BtfType SkipQualifiers() => Skip(typedefs: false);

    /// <summary>Returns the type behind qualifiers, type tags and typedefs.</summary>
    /// <exception cref="ObjectFormatException">The qualifiers and typedefs form a cycle, or are more than 32 deep.</exception>
    public BtfType Resolve() => Skip(typedefs: true);

    /// <summary>Gets the number of bytes that a value of the type takes.</summary>
    /// <param name="size">
    /// The size in bytes. A pointer has 8, as in every eBPF program and 64-bit kernel; an array of unknown length 0.
    /// </param>
    /// <returns>
    /// <c>false</c> for what has no size (<c>void</c>, functions, forward declarations), for sizes of 4 GiB and more, and for
    /// types that form a cycle or refer to a type that does not exist.
    /// </returns>
    public bool TryGetSize(out uint size) => TypeLayout.TryGetSize(this, out size);

    /// <summary>Gets the alignment that the compiler gives to values of the type.</summary>
    /// <param name="alignment">
    /// 1, 2, 4, 8 or 16 bytes. BTF does not store it: that of a structure is 1 if a member or the size shows that it is
    /// packed, else the largest of its members'; a larger one that the source asks for cannot be seen.
    /// </param>
    /// <returns><c>false</c> under the same conditions as for <see cref="TryGetSize"/>.</returns>
    public bool TryGetAlignment(out uint alignment) => TypeLayout.TryGetAlignment(this, out alignment);

    /// <summary>Gets the location of a part of the type, through anonymous members, arrays and pointers.</summary>
    /// <param name="path">
    /// Names and indices: <c>mm.pgd</c>, <c>mm->pgd</c> (which is the same), <c>pairs[3].second</c>, <c>[2].a</c> in an
    /// array; of a data section, its variables. Empty for the type itself. A pointer is followed when the path goes on
    /// behind it; then the result has several steps.
    /// </param>
    /// <exception cref="KeyNotFoundException">
    /// There is no such part; the message names the first name or index that does not exist, and names that are like it.
    /// </exception>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public MemberLocation Locate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return MemberLocator.Get(this, path);
    }

    /// <summary>Gets the location of a part of the type, if there is such a part; see <see cref="Locate"/>.</summary>
    /// <param name="path">Names and indices: <c>mm.pgd</c>, <c>pairs[3].second</c>.</param>
    /// <param name="location">The location of the part.</param>
    /// <returns>Whether there is such a part.</returns>
    /// <exception cref="ArgumentException">The path is malformed.</exception>
    /// <exception cref="ObjectFormatException">A type on the way is malformed.</exception>
    public bool TryLocate(string path, [NotNullWhen(true)] out MemberLocation? location)
    {
        ArgumentNullException.ThrowIfNull(path);
        location = MemberLocator.Find(this, path);
        return location is not null;
    }

    /// <summary>Returns the type as C writes it, shortened if it is long: <c>struct event</c>, <c>const char *</c>.</summary>
    public override string ToString() => TypeText.Describe(this);

    /// <summary>The tags on a member or parameter, or on the type itself.</summary>
    private protected IReadOnlyList<string> GetTags(int component) => _owner is null ? [] : _owner.TagsOf(Id.Value, component);

    private BtfType Skip(bool typedefs)
    {
        BtfType type = this;
        for (int depth = 0; depth <= Limits.MaxTypeDepth; depth++)
        {
            switch (type)
            {
                case QualifierType qualifier:
                    type = qualifier.Target;
                    break;
                case TypedefType typedef when typedefs:
                    type = typedef.Target;
                    break;
                default:
                    return type;
            }
        }

        throw new ObjectFormatException(
            $"type {Id} goes through more than {Limits.MaxTypeDepth} typedefs and qualifiers", BtfHeader.Section);
    }
}
