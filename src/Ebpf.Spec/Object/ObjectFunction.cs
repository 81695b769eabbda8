using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>A function in the object: where its code is.</summary>
internal sealed class ObjectFunction(ObjectFile file, ElfSymbol symbol)
{
    private string? _name;

    public string Name => _name ??= file.Symbols.Name(symbol);

    /// <summary>The index of the symbol.</summary>
    public int Symbol => symbol.Index;

    public int Section => symbol.Section;

    /// <summary>Where the function begins in its section, in bytes.</summary>
    public int Start => (int)symbol.Value;

    /// <summary>Where it ends in its section, in bytes.</summary>
    public int End => (int)(symbol.Value + symbol.Size);

    public ElfSymbolBinding Binding => symbol.Binding;

    /// <summary>Whether another object that is linked with this one could not see the function.</summary>
    public bool IsHidden => symbol.Visibility is ElfSymbolVisibility.Hidden or ElfSymbolVisibility.Internal;
}
