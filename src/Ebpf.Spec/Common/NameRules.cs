using System.Buffers;
using System.Text;

namespace Ebpf.Common;

/// <summary>Which names the kernel accepts in BTF (its functions <c>btf_*_check_meta</c>).</summary>
internal static class NameRules
{
    /// <summary>What tags are called in errors; the kernel does not limit the length of their text.</summary>
    public const string Tag = "a tag";

    private static readonly SearchValues<byte> Identifier =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_."u8);

    /// <summary>Whether the kernel accepts a name of what has one; its length is not looked at.</summary>
    public static bool IsIdentifier(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !char.IsAsciiDigit((char)name[0]) && !name.ContainsAnyExcept(Identifier);

    /// <summary>Puts an underscore in the place of each byte that the kernel does not accept.</summary>
    public static void MakeIdentifier(Span<byte> name)
    {
        if (!name.IsEmpty && char.IsAsciiDigit((char)name[0])) name[0] = (byte)'_';
        for (int at; (at = name.IndexOfAnyExcept(Identifier)) >= 0; name = name[(at + 1)..]) name[at] = (byte)'_';
    }

    /// <summary>Checks the name of what needs one, as in C. Dots occur in the names of local variables.</summary>
    /// <exception cref="ArgumentException">It is empty, too long, or has a character that the kernel refuses.</exception>
    public static void CheckIdentifier(string name, string what, string parameter)
    {
        CheckText(name, what, parameter);
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (char.IsAsciiLetter(c) || c is '_' or '.' || (char.IsAsciiDigit(c) && i > 0)) continue;
            throw new ArgumentException(
                $"The name \"{name}\" of {what} has '{c}' at {i}: the kernel accepts letters, digits, '_' and '.', and no digit first.",
                parameter);
        }
    }

    /// <summary>Checks the name of what may have none.</summary>
    /// <inheritdoc cref="CheckIdentifier"/>
    public static void CheckOptional(string name, string what, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        if (name.Length > 0) CheckIdentifier(name, what, parameter);
    }

    /// <summary>Checks the name of a section: printable characters.</summary>
    /// <inheritdoc cref="CheckIdentifier"/>
    public static void CheckSection(string name, string parameter)
    {
        const string what = "a data section";
        CheckText(name, what, parameter);
        foreach (char c in name)
        {
            if (c is < ' ' or > '~')
                throw new ArgumentException($"The name \"{name}\" of {what} has the character 0x{(int)c:x}, which is not printable ASCII.", parameter);
        }
    }

    /// <summary>Checks what may be any text: the names of numbers ("unsigned int") and what tags say.</summary>
    /// <inheritdoc cref="CheckIdentifier"/>
    public static void CheckText(string name, string what, string parameter)
    {
        ArgumentNullException.ThrowIfNull(name, parameter);
        if (name.Length == 0) throw new ArgumentException($"The kernel does not accept {what} without a name.", parameter);
        if (name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"The name of {what} has a zero in it, which ends strings in BTF.", parameter);
        if (what != Tag && Encoding.UTF8.GetByteCount(name) > Limits.MaxKernelName)
            throw new ArgumentException($"The name of {what} has more than {Limits.MaxKernelName} bytes, which the kernel refuses.", parameter);
    }
}
