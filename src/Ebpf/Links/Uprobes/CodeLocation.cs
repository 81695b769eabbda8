using System.Globalization;

namespace Ebpf;

/// <summary>A place in the code of a program or library, where a uprobe can be.</summary>
/// <remarks>A string is one too: <c>malloc</c>, <c>malloc+0x10</c>, <c>memcpy@GLIBC_2.14</c>, <c>0x1149</c> (an address).</remarks>
public sealed record CodeLocation
{
    private CodeLocation()
    {
    }

    /// <summary>Gets the name of the function, with a version where it needs one; <c>null</c> for an address or offset.</summary>
    public string? Name { get; private init; }

    /// <summary>Gets how many bytes behind the beginning of the function the place is.</summary>
    public ulong Distance { get; private init; }

    /// <summary>Gets the address, as the symbol table of the file has it, before the file is moved to where there is room.</summary>
    public ulong? VirtualAddress { get; private init; }

    /// <summary>Gets how many bytes behind the beginning of the file the place is; of a library in an archive, behind that of the library.</summary>
    public ulong? Position { get; private init; }

    /// <summary>Creates the place of a function, or of an instruction in it.</summary>
    /// <param name="name">The name, as the symbol table has it; of C++ the mangled one. A version may follow: <c>memcpy@GLIBC_2.14</c>.</param>
    /// <param name="offset">How many bytes behind the beginning of the function, where an instruction begins.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or has a zero in it.</exception>
    public static CodeLocation Function(string name, ulong offset = 0)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("The name of a function has no zero in it.", nameof(name));
        return new CodeLocation { Name = name, Distance = offset };
    }

    /// <summary>Creates the place of an address, as <c>nm</c> and <c>objdump</c> print it for the file.</summary>
    /// <param name="address">The address.</param>
    public static CodeLocation Address(ulong address) => new() { VirtualAddress = address };

    /// <summary>Creates a place by its offset in the file: also for files that are not ELF.</summary>
    /// <param name="offset">How many bytes behind the beginning of the file; of a library in an archive, behind that of the library.</param>
    public static CodeLocation FileOffset(ulong offset) => new() { Position = offset };

    /// <summary>Reads a place: <c>function</c>, <c>function+offset</c>, or an address; numbers are decimal, or hexadecimal behind <c>0x</c>.</summary>
    /// <param name="text">The text. A <c>+</c> that no number follows is part of the name.</param>
    /// <exception cref="ArgumentException">It is empty, or has a zero in it.</exception>
    public static CodeLocation Parse(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        if (char.IsAsciiDigit(text[0]) && TryReadNumber(text, out ulong address)) return Address(address);
        int plus = text.LastIndexOf('+');
        return plus > 0 && TryReadNumber(text.AsSpan(plus + 1), out ulong offset) ? Function(text[..plus], offset) : Function(text);
    }

    /// <summary>Reads a place, as <see cref="Parse"/> does.</summary>
    /// <param name="text">The text.</param>
    public static implicit operator CodeLocation(string text) => Parse(text);

    /// <summary>Returns the place as <see cref="Parse"/> reads it; an offset in the file as <c>file offset 0x1149</c>.</summary>
    public override string ToString() => (Name, VirtualAddress) switch
    {
        ({ } name, _) when Distance == 0 => name,
        ({ } name, _) => string.Create(CultureInfo.InvariantCulture, $"{name}+0x{Distance:x}"),
        (_, { } address) => string.Create(CultureInfo.InvariantCulture, $"0x{address:x}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"file offset 0x{Position:x}"),
    };

    private static bool TryReadNumber(ReadOnlySpan<char> digits, out ulong number) =>
        digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(digits[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number)
            : ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
