using Ebpf.Btf;
using Ebpf.Btf.Types;
using Ebpf.Common;

namespace Ebpf.CoRe;

/// <summary>
/// Represents a CO-RE relocation of one instruction, as in <c>.BTF.ext</c>. Its strings are read when they are asked for.
/// </summary>
public sealed class CoReRelocation
{
    private readonly BtfSpec? _owner;
    private readonly uint _accessorOffset;
    private readonly BtfType? _type;
    private string? _accessor;

    /// <summary>Creates a relocation that does not come from an object.</summary>
    public CoReRelocation()
    {
    }

    internal CoReRelocation(BtfSpec owner, uint typeId, uint accessorOffset, CoReRelocationKind kind)
    {
        _owner = owner;
        _accessorOffset = accessorOffset;
        TypeId = new BtfTypeId(typeId);
        Kind = kind;
    }

    /// <summary>
    /// Gets what the instruction is to hold; a number without a name if the compiler is newer than this library.
    /// </summary>
    public CoReRelocationKind Kind { get; init; }

    /// <summary>Gets the type with which the program was compiled.</summary>
    /// <exception cref="ObjectFormatException">The BTF has no such type.</exception>
    public BtfType Type
    {
        get => _type ?? _owner?[TypeId] ?? VoidType.Instance;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _type = value;
            TypeId = value.Id;
        }
    }

    /// <summary>Gets the id of <see cref="Type"/> in its BTF.</summary>
    public BtfTypeId TypeId { get; private init; }

    /// <summary>
    /// Gets the path from the type to what is meant, as indices: <c>0:1:2</c> is the third member of the second member; the first
    /// number is an index as into an array of the type. For enumerations, the index of the value; <c>0</c> for the type itself.
    /// </summary>
    public string Accessor
    {
        get => _accessor ??= _owner?.Strings.Text(_accessorOffset) ?? "";
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            _accessor = value;
        }
    }

    /// <summary>Returns the relocation as text: <c>FieldByteOffset struct task_struct 0:1:2</c>.</summary>
    public override string ToString()
    {
        string type = _type?.ToString() ?? (_owner is null ? "void" : TypeText.Describe(_owner, TypeId.Value));
        string? accessor = _accessor ?? _owner?.Strings.Excerpt(_accessorOffset, Limits.MaxNameInText);
        return $"{Kind} {type} {accessor}";
    }
}
