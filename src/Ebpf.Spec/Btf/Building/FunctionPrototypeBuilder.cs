using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Adds parameters to a prototype of a <see cref="BtfBuilder"/>.</summary>
public sealed class FunctionPrototypeBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;

    internal FunctionPrototypeBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = new BtfTypeId(id);
        _words = builder.Types.Edit(id);
    }

    /// <summary>Gets the id of the prototype.</summary>
    public BtfTypeId Id { get; }

    /// <summary>Gets the number of parameters, <c>...</c> included.</summary>
    public int Count => RecordWords.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    private bool IsVariadic => Count > 0 && Words[^1] == 0 && Words[^2] == 0;

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">
    /// The name. The prototype of a <see cref="FunctionType"/> needs names, that of a pointer to a function can do without.
    /// </param>
    /// <param name="type">The id of its type.</param>
    /// <returns>This builder.</returns>
    /// <exception cref="ArgumentException">The kernel does not allow the name, or parameters of the type.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such type.</exception>
    /// <exception cref="InvalidOperationException">The prototype ends with <c>...</c>, or has as many parameters as BTF can hold.</exception>
    public FunctionPrototypeBuilder Add(string name, BtfTypeId type)
    {
        NameRules.CheckOptional(name, "a parameter", nameof(name));
        uint id = _builder.CheckTarget(BtfKind.FunctionPrototype, type, nameof(type));
        if (id == 0) throw new ArgumentException("A parameter cannot be void.", nameof(type));
        return Put(_builder.Strings.Add(name), id);
    }

    /// <summary>Adds <c>...</c> as the last parameter.</summary>
    /// <returns>This builder.</returns>
    /// <exception cref="InvalidOperationException">The prototype ends with <c>...</c>, or has as many parameters as BTF can hold.</exception>
    public FunctionPrototypeBuilder AddVariadic() => Put(0, 0);

    /// <summary>Removes all parameters.</summary>
    /// <returns>This builder.</returns>
    public FunctionPrototypeBuilder Clear()
    {
        _words.RemoveRange(RecordWords.HeadWords, _words.Count - RecordWords.HeadWords);
        Words[1] = RecordWords.Info(BtfKind.FunctionPrototype);
        return this;
    }

    private FunctionPrototypeBuilder Put(uint name, uint type)
    {
        if (IsVariadic) throw new InvalidOperationException("No parameter follows the ... of a prototype.");
        if (Count == Limits.MaxElements) throw new InvalidOperationException("The prototype has as many parameters as BTF can hold.");
        _words.Add(name);
        _words.Add(type);
        Words[1]++;
        return this;
    }
}
