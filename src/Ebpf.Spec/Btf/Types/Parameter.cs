using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>
/// Represents a parameter of a function. Its tags belong to the function: <see cref="FunctionType.GetParameterTags"/>.
/// </summary>
public sealed class Parameter
{
    private readonly BtfSpec _owner;
    private readonly uint _nameOffset;
    private string? _name;

    internal Parameter(BtfSpec owner, uint nameOffset, uint typeId)
    {
        _owner = owner;
        _nameOffset = nameOffset;
        TypeId = typeId;
    }

    /// <summary>Gets the name; empty if the declaration has none, as in the types of function pointers.</summary>
    public string Name => _name ??= _owner.Strings.NameText(_nameOffset);

    /// <summary>Gets the type.</summary>
    public BtfType Type => _owner[TypeId];

    internal uint TypeId { get; }

    /// <summary>Returns the parameter as C declares it: <c>struct xdp_md *ctx</c>.</summary>
    public override string ToString() => TypeText.Declare(_owner, TypeId, _nameOffset, 0);
}
