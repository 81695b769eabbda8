using System.Globalization;
using System.Text;

namespace Ebpf.Asm.Text;

// Loads, stores and atomic operations.
internal static partial class InstructionText
{
    private static Fields AppendWideLoad(StringBuilder text, in Instruction instruction, string? target)
    {
        if (instruction.WideLoadKind > WideLoadKind.MapIndexValue) return Fields.None;
        text.AppendRegister(instruction.Destination).Append(" = ");
        if (instruction.Reference is { } reference) AppendNamed(text, in instruction, reference);
        else AppendUnnamed(text, in instruction, target);
        text.Append(" ll");
        return Fields.Destination | Fields.Source | Fields.Immediate;
    }

    private static void AppendNamed(StringBuilder text, in Instruction instruction, Reference reference)
    {
        if (reference.Kind is ReferenceKind.Function or ReferenceKind.FunctionAddress)
        {
            text.Append("func ").AppendName(reference.Name);
            return;
        }

        string what = reference.Kind switch
        {
            ReferenceKind.Map => "map",
            ReferenceKind.MapValue => "map_value",
            ReferenceKind.Kfunc => "kfunc",
            ReferenceKind.Ksym => "ksym",
            ReferenceKind.Kconfig => "kconfig",
            ReferenceKind.Label => "label",
            ReferenceKind.JumpTable => "jump table",
            _ => "symbol",
        };
        text.Append(what).Append(" \"").AppendName(reference.Name).Append('"');
        if (reference.Kind is ReferenceKind.MapValue) AppendUpper(text, in instruction);
    }

    private static void AppendUnnamed(StringBuilder text, in Instruction instruction, string? target)
    {
        switch (instruction.WideLoadKind)
        {
            case WideLoadKind.Immediate:
                text.Append(CultureInfo.InvariantCulture, $"0x{instruction.Immediate:x}");
                break;
            case WideLoadKind.Function:
                text.Append("func ");
                if (target is not null) text.AppendName(target);
                else text.Append("pc").AppendSigned(instruction.ImmediateLow);
                break;
            default:
                string what = instruction.WideLoadKind switch
                {
                    WideLoadKind.Map => "map_fd ",
                    WideLoadKind.MapValue => "map_value fd ",
                    WideLoadKind.MapIndex => "map_idx ",
                    WideLoadKind.MapIndexValue => "map_value idx ",
                    _ => "ksym#",
                };
                text.Append(what).AppendNumber(instruction.ImmediateLow);
                AppendUpper(text, in instruction);
                break;
        }
    }

    /// <summary>Appends the upper half of the immediate: the offset in a map's value.</summary>
    private static void AppendUpper(StringBuilder text, in Instruction instruction)
    {
        if (instruction.ImmediateHigh != 0) text.Append(" + ").AppendNumber((uint)instruction.ImmediateHigh);
    }

    private static Fields AppendPacketLoad(StringBuilder text, in Instruction instruction)
    {
        AccessMode mode = instruction.OpCode.Mode;
        AccessSize size = instruction.OpCode.Size;
        if (size == AccessSize.DoubleWord) return Fields.None;
        if (mode is not (AccessMode.Absolute or AccessMode.Indirect)) return Fields.None;
        text.Append("r0 = *(").AppendType('u', size).Append(" *)skb[");
        if (mode == AccessMode.Absolute)
        {
            text.AppendNumber(instruction.Immediate).Append(']');
            return Fields.Immediate;
        }

        if (instruction.Immediate == 0) text.AppendRegister(instruction.Source);
        else text.AppendSum(instruction.Source, instruction.Immediate);
        text.Append(']');
        return Fields.Source | Fields.Immediate;
    }

    private static Fields AppendLoad(StringBuilder text, in Instruction instruction)
    {
        AccessMode mode = instruction.OpCode.Mode;
        AccessSize size = instruction.OpCode.Size;
        bool signed = mode == AccessMode.MemorySignExtended && size != AccessSize.DoubleWord;
        if (mode != AccessMode.Memory && !signed) return Fields.None;
        text.AppendRegister(instruction.Destination)
            .Append(" = ")
            .AppendAccess(signed ? 's' : 'u', size, instruction.Source, instruction.Offset);
        return Fields.Destination | Fields.Source | Fields.Offset;
    }

    private static Fields AppendStoreImmediate(StringBuilder text, in Instruction instruction)
    {
        if (instruction.OpCode.Mode != AccessMode.Memory) return Fields.None;
        text.AppendAccess('u', instruction.OpCode.Size, instruction.Destination, instruction.Offset)
            .Append(" = ")
            .AppendNumber(instruction.Immediate);
        return Fields.Destination | Fields.Offset | Fields.Immediate;
    }

    private static Fields AppendStore(StringBuilder text, in Instruction instruction)
    {
        if (instruction.OpCode.Mode != AccessMode.Memory) return Fields.None;
        text.AppendAccess('u', instruction.OpCode.Size, instruction.Destination, instruction.Offset)
            .Append(" = ")
            .AppendRegister(instruction.Source);
        return Fields.Destination | Fields.Source | Fields.Offset;
    }

    private static Fields AppendAtomic(StringBuilder text, in Instruction instruction)
    {
        AccessSize size = instruction.OpCode.Size;
        AtomicOperation operation = instruction.AtomicOperation;
        bool anySize = operation is AtomicOperation.LoadAcquire or AtomicOperation.StoreRelease;
        if (!anySize && size is AccessSize.Byte or AccessSize.HalfWord) return Fields.None;

        (Register to, Register from, short offset) = (instruction.Destination, instruction.Source, instruction.Offset);
        bool whole = size == AccessSize.DoubleWord;
        char prefix = whole ? 'r' : 'w';
        string? sign = operation switch
        {
            AtomicOperation.Add => "+=",
            AtomicOperation.Or => "|=",
            AtomicOperation.And => "&=",
            AtomicOperation.Xor => "^=",
            _ => null,
        };
        string? fetch = operation switch
        {
            AtomicOperation.FetchAdd => "add",
            AtomicOperation.FetchOr => "or",
            AtomicOperation.FetchAnd => "and",
            AtomicOperation.FetchXor => "xor",
            _ => null,
        };

        if (sign is not null)
        {
            text.Append("lock ").AppendAccess('u', size, to, offset).Append(' ').Append(sign).Append(' ')
                .AppendRegister(from, prefix);
        }
        else if (fetch is not null)
        {
            text.AppendRegister(from, prefix).Append(" = atomic_fetch_").Append(fetch).Append('(')
                .AppendPointer(size, to, offset).Append(", ").AppendRegister(from, prefix).Append(')');
        }
        else if (operation == AtomicOperation.Exchange)
        {
            text.AppendRegister(from, prefix).Append(whole ? " = xchg_64(" : " = xchg32_32(")
                .AppendSum(to, offset).Append(", ").AppendRegister(from, prefix).Append(')');
        }
        else if (operation == AtomicOperation.CompareExchange)
        {
            text.AppendRegister(Register.R0, prefix).Append(whole ? " = cmpxchg_64(" : " = cmpxchg32_32(")
                .AppendSum(to, offset).Append(", ").AppendRegister(Register.R0, prefix).Append(", ")
                .AppendRegister(from, prefix).Append(')');
        }
        else if (operation == AtomicOperation.LoadAcquire)
        {
            text.AppendRegister(to, prefix).Append(" = load_acquire(").AppendPointer(size, from, offset).Append(')');
        }
        else if (operation == AtomicOperation.StoreRelease)
        {
            text.Append("store_release(").AppendPointer(size, to, offset).Append(", ").AppendRegister(from, prefix)
                .Append(')');
        }
        else
        {
            return Fields.None;
        }

        return Fields.Destination | Fields.Source | Fields.Offset | Fields.Immediate;
    }

    private static StringBuilder AppendType(this StringBuilder text, char sign, AccessSize size) =>
        text.Append(sign).AppendNumber(size.Bytes() * 8);

    /// <summary>Appends <c>(u64 *)(r1 + 8)</c>.</summary>
    private static StringBuilder AppendPointer(
        this StringBuilder text, AccessSize size, Register register, short offset) =>
        text.Append('(').AppendType('u', size).Append(" *)(").AppendSum(register, offset).Append(')');

    /// <summary>Appends <c>*(u64 *)(r1 + 8)</c>.</summary>
    private static StringBuilder AppendAccess(
        this StringBuilder text, char sign, AccessSize size, Register register, short offset) =>
        text.Append("*(").AppendType(sign, size).Append(" *)(").AppendSum(register, offset).Append(')');
}
