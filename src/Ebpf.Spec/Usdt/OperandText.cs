using System.Globalization;

namespace Ebpf.Usdt;

/// <summary>An operand in an assembler's syntax, read from the left.</summary>
internal ref struct OperandText(ReadOnlySpan<char> text)
{
    private ReadOnlySpan<char> _left = text.Trim();

    /// <summary>Whether all of it is read.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    /// <summary>Takes a character and the spaces behind it.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Take(char expected)
    {
        if (_left.IsEmpty || _left[0] != expected) return false;
        _left = _left[1..].TrimStart();
        return true;
    }

    /// <summary>Takes a word, in lower case, and the spaces behind it.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Take(string expected)
    {
        if (!_left.StartsWith(expected, StringComparison.OrdinalIgnoreCase)) return false;
        ReadOnlySpan<char> behind = _left[expected.Length..];
        if (!behind.IsEmpty && IsOfName(behind[0])) return false;
        _left = behind.TrimStart();
        return true;
    }

    /// <summary>Whether a character comes next.</summary>
    public readonly bool Sees(char expected) => !_left.IsEmpty && _left[0] == expected;

    /// <summary>Takes the name of a register or a symbol.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryTakeName(out ReadOnlySpan<char> name)
    {
        int length = 0;
        if (!_left.IsEmpty && !char.IsAsciiDigit(_left[0]))
        {
            while (length < _left.Length && IsOfName(_left[length])) length++;
        }

        name = _left[..length];
        _left = _left[length..].TrimStart();
        return length > 0;
    }

    /// <summary>Takes numbers and at most one symbol, added to and subtracted from one another: <c>-8</c>, <c>4+counter</c>.</summary>
    /// <param name="value">The sum of the numbers.</param>
    /// <param name="symbol">The symbol; <c>null</c> for none.</param>
    /// <returns>Whether there was such a sum, and all of it could be read.</returns>
    public bool TryTakeSum(out long value, out string? symbol)
    {
        value = 0;
        symbol = null;
        bool isFirst = true;
        while (true)
        {
            bool isNegative = false, hasSign = false;
            while (Sees('-') || Sees('+'))
            {
                isNegative ^= Sees('-');
                hasSign = true;
                _left = _left[1..].TrimStart();
            }

            if (!isFirst && !hasSign) return true;
            isFirst = false;
            if (TryTakeNumber(out ulong number))
            {
                value = unchecked(value + (isNegative ? -(long)number : (long)number));
            }
            else if (!isNegative && symbol is null && TryTakeName(out ReadOnlySpan<char> name))
            {
                symbol = name.ToString();
            }
            else
            {
                return false;
            }
        }
    }

    /// <summary>Takes a number without a sign: decimal, <c>0x</c> hexadecimal or <c>0</c> octal, of at most 64 bits.</summary>
    public bool TryTakeNumber(out ulong number)
    {
        number = 0;
        int length = 0;
        while (length < _left.Length && char.IsAsciiLetterOrDigit(_left[length])) length++;
        ReadOnlySpan<char> digits = _left[..length];
        if (digits.IsEmpty || !char.IsAsciiDigit(digits[0])) return false;
        bool isNumber = digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : digits[0] == '0' && length > 1
                ? TryReadOctal(digits, out number)
                : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        if (isNumber) _left = _left[length..].TrimStart();
        return isNumber;
    }

    private static bool TryReadOctal(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || number >> 61 != 0) return false;
            number = (number << 3) | (uint)(digit - '0');
        }

        return true;
    }

    /// <summary>What names of symbols consist of in assembly, those of compilers (<c>counter.0</c>) and those with a kind (<c>counter@GOTPCREL</c>) included.</summary>
    private static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '.' or '$' or '@' or > '\x7f';
}
