using System.Globalization;
using Ebpf.Common;
using Ebpf.Usdt.Machines;

namespace Ebpf.Usdt;

/// <summary>The addresses of a symbol's name in a file: none, one, or several.</summary>
/// <param name="symbol">The name.</param>
internal delegate IReadOnlyCollection<ulong> SymbolLookup(string symbol);

/// <summary>Reads the descriptions of arguments, each by itself: one that no program can read leaves the others as they are.</summary>
/// <param name="machine">The machine of the file; <c>null</c> for one whose operands are not known.</param>
/// <param name="isFixed">Whether the file is loaded at the addresses that it has.</param>
/// <param name="findSymbol">Finds the addresses of a symbol.</param>
internal sealed class UsdtArgumentReader(UsdtMachine? machine, bool isFixed, SymbolLookup findSymbol)
{
    /// <summary>Reads all arguments of a location.</summary>
    /// <param name="text">As it stands in the note.</param>
    /// <param name="location">The address of the probe.</param>
    public List<UsdtArgument> Read(string text, ulong location)
    {
        List<UsdtArgument> arguments = [];
        int position = 0;
        while (arguments.Count < Limits.MaxUsdtArguments && Next(text, ref position) is { } argument) arguments.Add(Read(argument, location, arguments.Count));
        return arguments;
    }

    /// <summary>The next argument: up to a space that is not inside brackets.</summary>
    private static string? Next(string text, ref int position)
    {
        while (position < text.Length && char.IsWhiteSpace(text[position])) position++;
        int start = position, depth = 0;
        for (; position < text.Length; position++)
        {
            switch (text[position])
            {
                case '(' or '[':
                    depth++;
                    break;
                case ')' or ']':
                    depth--;
                    break;
                case var character when depth <= 0 && char.IsWhiteSpace(character):
                    return text[start..position];
            }
        }

        return position > start ? text[start..] : null;
    }

    private UsdtArgument Read(string text, ulong location, int index)
    {
        UsdtArgument argument = new(text);
        if (index >= UsdtLayout.MaxArguments)
            return argument with { Problem = $"bpf_usdt_arg() of usdt.bpf.h reads the first {UsdtLayout.MaxArguments} arguments" };
        ReadOnlySpan<char> operand = text;
        int at = OperandStart(text);
        bool hasSize = at > 0;
        if (hasSize)
        {
            if (!TryReadSize(text.AsSpan(0, at - 1), ref argument)) return argument with { Problem = "its size is no number" };
            operand = operand[at..];
        }

        if (machine is null) return argument with { Problem = "this library does not know the operands of the file's machine" };
        UsdtOperand read = Resolve(machine.Read(operand), location);
        if (!hasSize) argument = argument with { Size = read.Kind == UsdtArgumentKind.Register ? read.Register!.Value.Width : machine.AddressSize };
        if (read.Problem is not null) return argument with { Problem = read.Problem };
        if (argument.Size is not (1 or 2 or 4 or 8))
            return argument with { Problem = $"it has {argument.Size} bytes: BPF programs read values of 1, 2, 4 and 8" };
        bool isRelative = read.Kind == UsdtArgumentKind.Memory && read.Register?.Offset == machine.InstructionPointer.Offset;
        return argument with
        {
            Kind = read.Kind,
            Value = read.Value,
            Register = read.Register?.Name,
            RegisterOffset = read.Register?.Offset ?? 0,
            IndexRegister = read.Index?.Name,
            IndexOffset = read.Index?.Offset ?? 0,
            ScaleShift = read.Shift,
            IsRelativeToLocation = isRelative,
        };
    }

    /// <summary>Where the operand begins, behind the <c>@</c> of the size; 0 if there is no size. Symbols can have an <c>@</c> of their own.</summary>
    private static int OperandStart(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) return 0;
        foreach (char character in text.AsSpan(0, at))
        {
            if (!char.IsAsciiDigit(character) && character is not ('-' or '+' or 'f')) return 0;
        }

        return at + 1;
    }

    /// <summary>Reads <c>4</c>, <c>-4</c> and <c>8f</c>.</summary>
    private static bool TryReadSize(ReadOnlySpan<char> text, ref UsdtArgument argument)
    {
        bool isFloatingPoint = text.EndsWith("f");
        if (isFloatingPoint) text = text[..^1];
        bool isNegative = text.StartsWith("-");
        if (!int.TryParse(isNegative ? text[1..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) || size == 0) return false;
        argument = argument with { Size = size, IsSigned = isNegative && !isFloatingPoint, IsFloatingPoint = isFloatingPoint };
        return true;
    }

    /// <summary>Puts the address of the symbol in, if a program that reads registers and memory can compute it.</summary>
    private UsdtOperand Resolve(UsdtOperand operand, ulong location)
    {
        if (operand.Problem is not null) return operand;
        UsdtRegister pointer = machine!.InstructionPointer;
        if (operand.Symbol is { } symbol)
        {
            if (!TryFindAddress(symbol, out ulong address, out string problem)) return UsdtOperand.Unreadable(problem);
            operand = operand with { Symbol = null };
            long sum = unchecked((long)address + operand.Value);
            switch (operand.SymbolPart)
            {
                case SymbolPart.Low12:
                    return operand with { Value = sum & 0xfff };
                case SymbolPart.SignedLow12 when isFixed:
                    return operand with { Value = (sum << 52) >> 52 };
                case SymbolPart.Whole when operand is { Kind: UsdtArgumentKind.Memory, Index: null }
                    && (operand.Register is null || operand.Register.Value.Offset == pointer.Offset):
                    return operand with { Register = pointer, Value = unchecked(sum - (long)location) };
                case SymbolPart.Whole when isFixed:
                    operand = operand with { Value = sum };
                    break;
                default:
                    return UsdtOperand.Unreadable(
                        $"the address of {Shown(symbol)} is known only when the file is loaded: it is position-independent");
            }
        }

        if (operand.Kind != UsdtArgumentKind.Memory || operand.Register is not null) return operand;
        switch (operand)
        {
            case { Index: null } when isFixed:
                return operand with { Register = pointer, Value = unchecked(operand.Value - (long)location) };
            case { Index: null }:
                return UsdtOperand.Unreadable("it is at an address that is not in a register");
            case { Shift: 0 }:
                return operand with { Register = operand.Index, Index = null };
            case { Shift: 1 }:
                // Twice a register is the register and itself.
                return operand with { Register = operand.Index, Shift = 0 };
            default:
                return UsdtOperand.Unreadable($"{1 << operand.Shift} times a register is no address that BPF programs compute");
        }
    }

    private bool TryFindAddress(string symbol, out ulong address, out string problem)
    {
        address = 0;
        problem = "";
        if (symbol.Contains('@', StringComparison.Ordinal))
        {
            problem = $"{Shown(symbol)} is found through a table when the program runs, which BPF programs do not do";
            return false;
        }

        IReadOnlyCollection<ulong> found = findSymbol(symbol);
        switch (found.Count)
        {
            case 0:
                problem = $"the file has no symbol {Shown(symbol)} with an address: it is stripped, or the name was local to the assembler";
                return false;
            case 1:
                address = found.First();
                return true;
            default:
                problem = $"the file has {found.Count} symbols {Shown(symbol)}: which one is meant is not known";
                return false;
        }
    }

    private static string Shown(string symbol) =>
        symbol.Length <= Limits.MaxNameInText ? $"\"{symbol}\"" : $"\"{symbol.AsSpan(0, Limits.MaxNameInText)}…\"";
}
