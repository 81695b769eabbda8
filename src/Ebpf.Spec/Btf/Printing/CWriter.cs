using Ebpf.Btf.Printing;

namespace Ebpf.Btf;

/// <summary>Writes types as C: a <c>vmlinux.h</c>, or those of its types that a program needs.</summary>
/// <remarks>
/// <para>
/// The text compiles, for 64-bit BPF and in 64-bit programs, to types of the same layout to the bit: what the source said
/// about packing and alignment is put back where a member lies elsewhere than a compiler would place it. Types of the same
/// name are told apart by a number (<c>name___2</c>), which CO-RE does not take as part of the name; names that C does not
/// allow are changed. The same BTF and options give the same text, ASCII with lines that end in <c>\n</c>.
/// </para>
/// <para>Every call writes a text that stands by itself. Safe for use by several threads at once.</para>
/// </remarks>
public sealed class CWriter
{
    private readonly TypeSource _source;
    private readonly CWriterOptions _options;

    /// <summary>Prepares to write the types of a BTF.</summary>
    /// <param name="types">The types.</param>
    /// <param name="options">How they are written; <c>null</c> for the defaults.</param>
    public CWriter(BtfSpec types, CWriterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(types);
        _source = new TypeSource(types);
        _options = options ?? new CWriterOptions();
    }

    /// <summary>Writes all types and, if the options say so, all kfuncs; of split BTF, what its base does not have.</summary>
    /// <param name="output">Receives the text; not flushed.</param>
    /// <exception cref="ObjectFormatException">
    /// The BTF is malformed, or has what C cannot express: a structure that contains itself, members that overlap. A part
    /// of the text may have been written by then.
    /// </exception>
    public void WriteAll(TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text, default, all: true);
    }

    /// <inheritdoc cref="WriteAll(TextWriter)"/>
    public void WriteAll(Stream output)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text, default, all: true);
    }

    /// <summary>
    /// Writes some types with all that a compiler must know to use them; a <see cref="FunctionType"/> as a kfunc.
    /// </summary>
    /// <param name="output">Receives the text; not flushed.</param>
    /// <param name="types">The types, all of the BTF that was given to the constructor or of its base.</param>
    /// <inheritdoc cref="WriteAll(TextWriter)" path="/exception"/>
    public void Write(TextWriter output, params ReadOnlySpan<BtfType> types)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text, types, all: false);
    }

    /// <inheritdoc cref="Write(TextWriter, ReadOnlySpan{BtfType})"/>
    public void Write(Stream output, params ReadOnlySpan<BtfType> types)
    {
        ArgumentNullException.ThrowIfNull(output);
        using TextOutput text = new(output, _source.Budget);
        Write(text, types, all: false);
    }

    /// <summary>Writes the definition of one type without what it needs.</summary>
    internal static string Define(BtfType type)
    {
        TypeSource source = new(type.Owner);
        CWriterOptions options = new() { IncludeBase = true };
        CPlan plan = new(source, 1, followPointers: false);
        plan.Add(type.Id);
        CNames names = new(source, plan.Marks);
        names.Assign(1);

        using StringWriter writer = new();
        using TextOutput output = new(writer, source.Budget);
        new CPrinter(source, options, plan, names, output).WriteAlone(type.Id);
        output.Flush();
        return writer.GetStringBuilder().ToString().TrimEnd('\n');
    }

    private void Write(TextOutput output, ReadOnlySpan<BtfType> types, bool all)
    {
        uint first = _options.IncludeBase ? 1 : _source.Types.FirstId;
        CPlan plan = new(_source, first, _options.FollowPointers);
        List<KernelFunction> functions = [];
        if (all)
        {
            plan.AddAll();
            if (_options.KernelFunctions) functions = KernelFunctions.Find(_source, first);
        }

        foreach (BtfType type in types)
        {
            ArgumentNullException.ThrowIfNull(type);
            if (!_source.Types.Owns(type)) throw new ArgumentException($"{type} is a type of another BTF.", nameof(types));
            plan.Add(type.Id);
            if (type is FunctionType) functions.Add(new KernelFunction(type.Id, type.Tags.Contains("bpf_fastcall")));
        }

        foreach (KernelFunction function in functions) plan.Add(function.Id);
        CNames names = new(_source, plan.Marks);
        functions.RemoveAll(function => !names.TryKeep(function.Id));
        names.Assign(first);

        string guard = _options.HeaderGuard ?? (first == 1 ? "__VMLINUX_H__" : "");
        if (guard.Length > 0) output.Write($"#ifndef {guard}\n#define {guard}\n\n");
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
}
