using Ebpf.Btf.Printing;

namespace Ebpf.Btf;

/// <summary>Writes types as C: a <c>vmlinux.h</c>, or the types that a program needs.</summary>
/// <remarks>
/// <para>
/// The text compiles, for 64-bit BPF and in programs for x86-64 and arm64, to types of exactly the same layout: packing,
/// alignment and padding are written where a compiler would place a member elsewhere. Types with the same name are told apart by
/// a number (<c>name___2</c>), which CO-RE ignores; names that C does not allow are changed. The same BTF, types and options give
/// the same text, ASCII with lines that end in <c> </c>.
/// </para>
/// <para>Not safe for use by several threads at once.</para>
/// </remarks>
public sealed class CWriter
{
    private readonly TypeSource _source;
    private readonly CWriterOptions _options;
    private readonly List<BtfType> _added = [];
    private bool _all;

    /// <summary>Creates a writer to which no types have been added.</summary>
    /// <param name="types">The BTF whose types are written.</param>
    /// <param name="options">How they are written; <c>null</c> for the defaults.</param>
    public CWriter(BtfSpec types, CWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        _source = new TypeSource(types);
        _options = options ?? new CWriterOptions();
    }

    /// <summary>
    /// Adds a type with all that a compiler must know to use it; a <see cref="FunctionType"/> is written as the prototype of a kfunc.
    /// </summary>
    /// <param name="type">A type of the BTF that was given to the constructor, or of its base.</param>
    /// <exception cref="ArgumentException">The type is of another BTF.</exception>
    public void Add(BtfType type)
    {
        ArgumentNullException.ThrowIfNull(type);
        if (!_source.Types.Owns(type)) throw new ArgumentException($"{type} is a type of another BTF.", nameof(type));
        _added.Add(type);
    }

    /// <summary>
    /// Adds all types and, if the options say so, the prototypes of all kfuncs; of split BTF, those that its base does not have.
    /// </summary>
    public void AddAll() => _all = true;

    /// <summary>Writes all types that were added. More can be added afterwards, and all be written again.</summary>
    /// <param name="output">Receives the text. It is not flushed.</param>
    /// <exception cref="ObjectFormatException">
    /// The BTF is malformed, or has what C cannot express: a structure that contains itself, members that overlap. A part
    /// of the text may have been written by then.
    /// </exception>
    public void Write(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text);
    }

    /// <inheritdoc cref="Write(TextWriter)"/>
    public void Write(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text);
    }

    /// <summary>Writes the definition of one type without what it needs.</summary>
    internal static string Define(BtfType type)
    {
        TypeSource source = new(type.Owner);
        CWriterOptions options = new() { IncludeBase = true };
        CPlan plan = new(source, 1, followPointers: false);
        plan.Add(type.Id.Value);
        CNames names = new(source, plan.States);
        names.Assign(1);

        using StringWriter writer = new();
        using TextOutput output = new(writer, source.Budget);
        new CPrinter(source, options, plan, names, output).WriteAlone(type.Id.Value);
        output.Flush();
        return writer.GetStringBuilder().ToString().TrimEnd('\n');
    }

    private void Write(TextOutput output)
    {
        uint first = _options.IncludeBase ? 1 : _source.Types.FirstId;
        CPlan plan = new(_source, first, _options.FollowPointers);
        List<KernelFunction> functions = [];
        if (_all)
        {
            plan.AddAll();
            if (_options.KernelFunctions) functions = KernelFunctions.Find(_source, first);
        }

        HashSet<uint> prototypes = [.. functions.Select(function => function.Id)];
        foreach (BtfType type in _added)
        {
            plan.Add(type.Id.Value);
            if (type is FunctionType && prototypes.Add(type.Id.Value))
                functions.Add(new KernelFunction(type.Id.Value, type.Tags.Contains("bpf_fastcall")));
        }

        foreach (KernelFunction function in functions) plan.Add(function.Id);
        CNames names = new(_source, plan.States);
        functions.RemoveAll(function => !names.TryKeep(function.Id));
        names.Assign(first);

        string guard = _options.HeaderGuard ?? (first == 1 ? "__VMLINUX_H__" : "");
        if (guard.Length > 0) output.Write($"#ifndef {guard}\n#define {guard}\n\n");
        WriteUndefinitions(output);
        if (_options.PreserveAccessIndex) output.Write(CText.PushPreserveAccessIndex);
        CPrinter printer = new(_source, _options, plan, names, output);
        foreach (CItem item in plan.Items) printer.Write(item);
        if (functions.Count > 0) output.Write(CText.BeginKernelFunctions);
        foreach (KernelFunction function in functions) printer.WriteKernelFunction(function);
        if (functions.Count > 0) output.Write(CText.EndKernelFunctions);
        if (_options.PreserveAccessIndex) output.Write(CText.PopPreserveAccessIndex);
        if (guard.Length > 0) output.Write($"#endif /* {guard} */\n");
        output.Flush();
    }

    /// <summary>
    /// Takes away the macros <c>linux</c> and <c>unix</c>, which compilers for Linux define as 1, if the BTF has such names: members
    /// must keep theirs for CO-RE.
    /// </summary>
    private void WriteUndefinitions(TextOutput output)
    {
        bool linux = _source.MayHaveName("linux\0"u8);
        bool unix = _source.MayHaveName("unix\0"u8);
        if (linux) output.Write("#undef linux\n"u8);
        if (unix) output.Write("#undef unix\n"u8);
        if (linux || unix) output.Write((byte)'\n');
    }
}
