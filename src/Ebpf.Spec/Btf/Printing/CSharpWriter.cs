using Ebpf.Btf.Printing;

namespace Ebpf.Btf;

/// <summary>Writes types as C#: structs with the same layout, byte by byte, enums, and the arrays within them.</summary>
/// <remarks>
/// <para>
/// Structures and unions become <c>partial</c> structs of explicit layout, which need nothing but .NET. Members of anonymous
/// structures become members of the one around them. Pointers, those to functions too, are <c>ulong</c>; <c>_Bool</c> and bit
/// fields are properties, for either byte order of the machine that runs them; arrays are inline arrays, and those of <c>char</c>
/// have the text; <c>long double</c> is bytes. Left out, with a comment, are members without a size (flexible arrays among them),
/// bit fields of more than 64 bits, and arrays above 1 MiB or structures above 64 MiB, which .NET does not have.
/// </para>
/// <para>
/// Padding becomes private fields, so that every byte belongs to a field: such a type can be the key of a map, as <c>default</c>
/// and all values that are made from it have zeros there.
/// </para>
/// <para>Types that have the same name get a number: <c>Event_2</c>. Not safe for use by several threads at once.</para>
/// </remarks>
public sealed class CSharpWriter
{
    private readonly BtfSpec _source;
    private readonly CSharpWriterOptions _options;
    private readonly CSharpTypes _types;

    /// <summary>Creates a writer to which no types have been added.</summary>
    /// <param name="types">The BTF whose types are written.</param>
    /// <param name="options">How they are written; <c>null</c> for the defaults.</param>
    public CSharpWriter(BtfSpec types, CSharpWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        _source = types;
        _options = options ?? new CSharpWriterOptions();
        _types = new CSharpTypes(types, _options);
    }

    /// <summary>Adds a type with all types of which its values consist.</summary>
    /// <param name="type">A type of the BTF that was given to the constructor, or of its base.</param>
    /// <param name="name">The name to give to the type if it has none, as in C.</param>
    /// <returns>The C# type of a value: <c>Event</c>, <c>uint</c>, <c>Array4&lt;ulong&gt;</c>; <c>byte</c> for a <c>_Bool</c>.</returns>
    /// <exception cref="ArgumentException">The type is of another BTF.</exception>
    /// <exception cref="ObjectFormatException">A value of it has no size.</exception>
    /// <exception cref="NotSupportedException">
    /// .NET has no such type: an array of no size or above 1 MiB, a structure above 64 MiB.
    /// </exception>
    public string Add(BtfType type, string name = "anonymous")
    {
        ArgumentNullException.ThrowIfNull(type);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!_source.Owns(type)) throw new ArgumentException($"{type} is a type of another BTF.", nameof(type));
        if (type.Resolve() is CompositeType { Size: 0 } empty) return _types.Define(empty, name);
        CSharpType made = _types.Of(type, name);
        return made.Form is CSharpForm.Field or CSharpForm.Truth
            ? made.Name
            : throw new NotSupportedException($".NET has no type for {type}, which has {made.Size} bytes.");
    }

    /// <summary>
    /// Adds all structures, unions and enumerations that have a name, if only by a typedef, except those that .NET cannot have.
    /// </summary>
    /// <exception cref="ObjectFormatException">The BTF is malformed.</exception>
    public void AddAll()
    {
        foreach (BtfType type in _source.All)
        {
            switch (type)
            {
                case CompositeType or EnumType { Values.Length: > 0 } when type.Name.Length > 0:
                    Define(type, type.Name);
                    break;
                case TypedefType typedef when typedef.Target.SkipQualifiers() is CompositeType { Name: "" } or EnumType { Name: "" }:
                    Define(typedef.Target.SkipQualifiers(), typedef.Name);
                    break;
            }
        }
    }

    private void Define(BtfType type, string name)
    {
        if (CSharpTypes.CanDefine(type)) _types.Define(type, name);
    }

    /// <summary>Writes all types that were added, as one file. More can be added afterwards, and all be written again.</summary>
    /// <param name="output">Receives the text, with lines that end in <c>
    /// </c>. It is not flushed.</param>
    /// <exception cref="ObjectFormatException">
    /// The BTF is malformed: a structure contains itself, or has members outside. A part of the text may have been written.
    /// </exception>
    public void Write(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        CSharpPrinter printer = new(_options, _types, output);
        long budget = (1 << 20) + _source.Size;
        printer.Begin();

        // Each may bring more.
        for (int i = 0; i < _types.Definitions.Count; i++)
        {
            (BtfType type, string name) = _types.Definitions[i];
            if (type is EnumType enumeration) printer.WriteEnum(enumeration, name);
            else printer.WriteStruct((CompositeType)type, name, ref budget);
        }

        foreach ((uint length, bool text, string name) in _types.Arrays)
        {
            if (text) printer.WriteText(length, name);
            else printer.WriteArray(length, name);
        }

        printer.End();
    }

    /// <inheritdoc cref="Write(TextWriter)"/>
    public void Write(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using StreamWriter text = new(output, leaveOpen: true);
        Write(text);
    }
}
