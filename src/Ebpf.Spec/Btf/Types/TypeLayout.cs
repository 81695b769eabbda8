using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using Ebpf.Common;

namespace Ebpf.Btf.Types;

/// <summary>Sizes and alignments, worked out without recursion: BTF can hold circles and chains of a million types.</summary>
internal static class TypeLayout
{
    /// <summary>What <see cref="CompositeType.KnownAlignment"/> holds for a structure that has no alignment.</summary>
    private const byte None = byte.MaxValue;

    public static bool TryGetSize(BtfType type, out uint size)
    {
        size = 0;
        if (!TrySkipToValue(type, out BtfType? value, out ulong count)) return false;
        ulong total = count * SizeOf(value);
        if (total > uint.MaxValue) return false;
        size = (uint)total;
        return true;
    }

    public static bool TryGetAlignment(BtfType type, out uint alignment)
    {
        alignment = 0;
        if (!TrySkipToValue(type, out BtfType? value, out _)) return false;
        if (value is CompositeType composite)
        {
            if (composite.KnownAlignment == 0) FindAlignment(composite);
            if (composite.KnownAlignment == None) return false;
            alignment = composite.KnownAlignment;
            return true;
        }

        alignment = AlignmentOf(value);
        return alignment != 0;
    }

    /// <summary>The alignment of what is no structure; 0 if it has none.</summary>
    private static uint AlignmentOf(BtfType value)
    {
        uint natural = Math.Min(SizeOf(value), Limits.MaxAlignment);
        return BitOperations.IsPow2(natural) && value is not DataSectionType ? natural : 0;
    }

    private static uint SizeOf(BtfType value) => value switch
    {
        IntType number => number.Size,
        PointerType => PointerType.Size,
        CompositeType composite => composite.Size,
        EnumType enumeration => enumeration.Size,
        FloatType number => number.Size,
        DataSectionType section => section.Size,
        _ => 0,
    };

    /// <summary>Goes to what a value of the type is made of; arrays multiply <paramref name="count"/>.</summary>
    private static bool TrySkipToValue(BtfType type, [NotNullWhen(true)] out BtfType? value, out ulong count)
    {
        count = 1;
        value = type;
        for (int depth = 0; depth <= Limits.MaxTypeDepth && value is not null; depth++)
        {
            switch (value)
            {
                case QualifierType qualifier:
                    value = qualifier.Owner.Find(qualifier.TargetId);
                    break;
                case TypedefType typedef:
                    value = typedef.Owner.Find(typedef.TargetId);
                    break;
                case VariableType variable:
                    value = variable.Owner.Find(variable.TypeId);
                    break;
                case ArrayType array:
                    // A factor above 32 bits stays too large, whatever follows; but 0 elements make 0 bytes.
                    count = array.Length == 0 ? 0 : Math.Min(count, uint.MaxValue + 1ul) * array.Length;
                    if (count > uint.MaxValue) count = uint.MaxValue + 1ul;
                    value = array.Owner.Find(array.ElementId);
                    break;
                default:
                    return value is IntType or PointerType or CompositeType or EnumType or FloatType or DataSectionType;
            }
        }

        value = null;
        return false;
    }

    /// <summary>
    /// Works out the alignment of a structure and of every structure in it, those inside first. Each is done once,
    /// and what lies in a circle, or contains one, is marked as having none.
    /// </summary>
    private static void FindAlignment(CompositeType root)
    {
        List<Frame> stack = [new Frame(root)];
        HashSet<CompositeType> open = [root];
        while (stack.Count > 0)
        {
            Frame frame = stack[^1];
            if (frame.Next == frame.Type.Members.Length)
            {
                frame.Type.KnownAlignment = frame.Result;
                open.Remove(frame.Type);
                stack.RemoveAt(stack.Count - 1);
                continue;
            }

            Member member = frame.Type.Members[frame.Next];
            BtfType? type = frame.Type.Owner.Find(member.TypeId);
            uint alignment = 0;
            if (type is not null && TrySkipToValue(type, out BtfType? value, out _))
            {
                if (value is CompositeType { KnownAlignment: 0 } inner && open.Add(inner))
                {
                    stack.Add(new Frame(inner));
                    continue;
                }

                // One that is open already, and so has none yet, closes a circle.
                alignment = value is CompositeType known ? known.KnownAlignment : AlignmentOf(value);
            }

            if (alignment is 0 or None)
            {
                foreach (Frame outer in stack) outer.Type.KnownAlignment = None;
                return;
            }

            stack[^1] = frame.With(member, alignment);
        }
    }

    private readonly record struct Frame(CompositeType Type, int Next = 0, uint Largest = 1, bool Packed = false)
    {
        public byte Result => Packed || Type.Size % Largest != 0 ? (byte)1 : (byte)Largest;

        public Frame With(Member member, uint alignment) => this with
        {
            Next = Next + 1,
            Largest = Math.Max(Largest, alignment),
            Packed = Packed || (!member.IsBitField && member.BitOffset % (8 * alignment) != 0),
        };
    }
}
