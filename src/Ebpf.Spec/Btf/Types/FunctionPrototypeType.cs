using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>Represents the parameters and the return type of a function.</summary>
public sealed class FunctionPrototypeType : BtfType
{
    private Parameter[]? _parameters;

    internal FunctionPrototypeType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        ReturnId = record.SizeOrType;
        int last = record.Length - 1;

        // "..." is a last parameter with neither name nor type.
        IsVariadic = last >= 0 && record.Word(last * 2) == 0 && record.Word((last * 2) + 1) == 0;
    }

    /// <inheritdoc/>
    public override BtfKind Kind => BtfKind.FunctionPrototype;

    /// <summary>Gets the return type.</summary>
    public BtfType Return => Owner[ReturnId];

    /// <summary>Gets the parameters, in order, without the <c>...</c> of a variadic function.</summary>
    public ImmutableArray<Parameter> Parameters =>
        ImmutableCollectionsMarshal.AsImmutableArray(_parameters ??= ReadParameters());

    /// <summary>Gets whether the function is variadic: whether its parameters end with <c>...</c>.</summary>
    public bool IsVariadic { get; }

    internal uint ReturnId { get; }

    private Parameter[] ReadParameters()
    {
        BtfRecord record = Owner.Record(Id.Value);
        int length = record.Length - (IsVariadic ? 1 : 0);
        if (length == 0) return [];
        Parameter[] parameters = new Parameter[length];
        for (int i = 0; i < parameters.Length; i++)
            parameters[i] = new Parameter(Owner, record.Word(i * 2), record.Word((i * 2) + 1));
        return Interlocked.CompareExchange(ref _parameters, parameters, null) ?? parameters;
    }
}

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
