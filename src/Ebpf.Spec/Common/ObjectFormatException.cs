namespace Ebpf;

/// <summary>
/// The exception that is thrown when an object file, or BTF, is malformed or uses something that no loader understands.
/// </summary>
/// <remarks>The only exception that reading an object throws about its contents, whatever the bytes are.</remarks>
public sealed class ObjectFormatException : BpfException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="section">The section with the error; <c>null</c> for the file as a whole.</param>
    /// <param name="symbol">The symbol (map, program, variable) that it concerns, if any.</param>
    /// <param name="offset">
    /// The offset in the section, or in the file if there is no section, in bytes; <c>null</c> if unknown.
    /// </param>
    /// <param name="inner">The exception that caused this one; <c>null</c> for none.</param>
    public ObjectFormatException(
        string problem, string? section = null, string? symbol = null, long? offset = null, Exception? inner = null)
        : base(Format(problem, section, symbol, offset), inner)
    {
        Problem = problem;
        Section = section;
        Symbol = symbol;
        Offset = offset;
    }

    /// <summary>Gets what is wrong, without the place.</summary>
    public string Problem { get; }

    /// <summary>Gets the section with the error; <c>null</c> for the file as a whole.</summary>
    public string? Section { get; }

    /// <summary>Gets the symbol (map, program, variable) that it concerns; <c>null</c> if none.</summary>
    public string? Symbol { get; }

    /// <summary>
    /// Gets the offset in <see cref="Section"/>, or in the file if that is <c>null</c>, in bytes; <c>null</c> if unknown.
    /// </summary>
    public long? Offset { get; }

    /// <summary>The same error, with the file in its message.</summary>
    internal ObjectFormatException InFile(string path) => new(path, this);

    private ObjectFormatException(string path, ObjectFormatException error)
        : base($"{path}: {error.Message}", error)
    {
        Problem = error.Problem;
        Section = error.Section;
        Symbol = error.Symbol;
        Offset = error.Offset;
    }

    private static string Format(string problem, string? section, string? symbol, long? offset)
    {
        string place = section is null ? "" : $"section \"{section}\": ";
        if (symbol is not null) place += $"symbol \"{symbol}\": ";
        if (offset is not null) place += $"offset 0x{offset:x}: ";
        return place + problem;
    }
}
