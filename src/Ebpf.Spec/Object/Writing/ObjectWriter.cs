using Ebpf.Asm;
using Ebpf.Elf;

namespace Ebpf.Object.Writing;

/// <summary>Writes a collection as a relocatable object, as a compiler or <c>bpftool gen object</c> would have made it.</summary>
/// <remarks>
/// First everything gets its place and its symbol, then code, definitions and tables are written with relocations against them.
/// </remarks>
internal sealed class ObjectWriter
{
    private readonly CollectionSpec _spec;
    private readonly List<WrittenFunction> _functions;
    private readonly Dictionary<string, WrittenFunction> _programs = new(StringComparer.Ordinal);

    private ObjectWriter(CollectionSpec spec)
    {
        _spec = spec;
        Elf = new ElfWriter(spec.ByteOrder);
        Types = new TypesWriter(spec);
        Symbols = new ObjectSymbols(this);
        _functions = FunctionSplitter.Split(spec);
        foreach (WrittenFunction function in _functions)
        {
            if (function.Program is { } program) _programs.Add(program, function);
        }
    }

    public CollectionSpec Spec => _spec;

    public ElfWriter Elf { get; }

    public TypesWriter Types { get; }

    public ObjectSymbols Symbols { get; }

    /// <summary>Writes a collection.</summary>
    /// <exception cref="BpfException">It says something that no object can say.</exception>
    /// <exception cref="ObjectFormatException">The code of a program, or the BTF, is malformed.</exception>
    public static byte[] Write(CollectionSpec spec) => new ObjectWriter(spec).Write();

    /// <summary>The function of a program.</summary>
    public WrittenFunction? FindProgram(string name) => _programs.GetValueOrDefault(name);

    private byte[] Write()
    {
        CodeWriter code = new(this, _functions);
        code.Place();
        new LicenseWriter(this).Write();
        new MapDefinitionsWriter(this).Write();
        new LegacyMapsWriter(this).Write();
        new VariablesWriter(this).Write();
        new StructOpsWriter(this).Write();
        new ExternsWriter(this).Write();
        code.Write();
        new OtherSectionsWriter(this).Write();
        (byte[]? types, byte[]? extensions) = Types.Finish(code.Extensions);
        if (types is not null) Elf.AddSection(".BTF", ElfSectionFlags.None, types, sizeof(uint));
        if (extensions is not null) Elf.AddSection(".BTF.ext", ElfSectionFlags.None, extensions, sizeof(uint));
        return Elf.ToArray();
    }
}
