using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Btf.Types;

namespace Ebpf.Btf;

/// <summary>Represents an enumeration, of up to 64 bits.</summary>
public sealed class EnumType : BtfType
{
    private EnumValue[]? _values;
    private EnumNames? _names;

    internal EnumType(BtfSpec owner, uint id, BtfRecord record)
        : base(owner, id, record)
    {
        Kind = record.Kind;
        Size = record.SizeOrType;
        IsSigned = record.KindFlag;
    }

    /// <summary>
    /// Gets the kind: <see cref="BtfKind.Enum"/>, or <see cref="BtfKind.Enum64"/> if a value needs more than 32 bits.
    /// </summary>
    public override BtfKind Kind { get; }

    /// <summary>Gets the size, in bytes.</summary>
    public uint Size { get; }

    /// <summary>
    /// Gets whether the values are signed. Compilers before LLVM 16 do not say; the result is then <c>false</c>.
    /// </summary>
    public bool IsSigned { get; }

    /// <summary>Gets the values, in the order of the source; empty if the enumeration is only declared.</summary>
    public ImmutableArray<EnumValue> Values => ImmutableCollectionsMarshal.AsImmutableArray(_values ??= ReadValues());

    /// <summary>Returns the name of a value: the first one if several have it, <c>null</c> if none has.</summary>
    /// <param name="value">The value, as in <see cref="EnumValue.Value"/>.</param>
    /// <exception cref="ObjectFormatException">A name is malformed.</exception>
    public string? NameOf(long value) => Names.Find(value)?.Name;

    /// <summary>Finds values by their numbers.</summary>
    internal EnumNames Names => _names ??= new EnumNames(Values);

    private EnumValue[] ReadValues()
    {
        BtfRecord record = Owner.Record(Id.Value);
        int length = record.Length;
        if (length == 0) return [];
        EnumValue[] values = new EnumValue[length];
        for (int i = 0; i < values.Length; i++)
        {
            if (Kind == BtfKind.Enum64)
            {
                ulong wide = record.Word((i * 3) + 1) | ((ulong)record.Word((i * 3) + 2) << 32);
                values[i] = new EnumValue(Owner, record.Word(i * 3), (long)wide, IsSigned);
            }
            else
            {
                uint value = record.Word((i * 2) + 1);
                values[i] = new EnumValue(Owner, record.Word(i * 2), IsSigned ? (int)value : value, IsSigned);
            }
        }

        return Interlocked.CompareExchange(ref _values, values, null) ?? values;
    }
}
