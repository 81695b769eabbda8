using System.Runtime.InteropServices;
using Ebpf.Btf.Reading;
using Ebpf.Common;

namespace Ebpf.Btf;

/// <summary>Gives a prototype of a <see cref="BtfBuilder"/> its parameters.</summary>
public sealed class FunctionPrototypeBuilder
{
    private readonly BtfBuilder _builder;
    private readonly List<uint> _words;

    internal FunctionPrototypeBuilder(BtfBuilder builder, uint id)
    {
        _builder = builder;
        Id = id;
        _words = builder.Types.Edit(id);
    }

    /// <summary>The id of the prototype.</summary>
    public uint Id { get; }

    /// <summary>How many parameters there are, <c>...</c> included.</summary>
    public int Count => RecordFields.LengthOf(Words);

    private Span<uint> Words => CollectionsMarshal.AsSpan(_words);

    private bool IsVariadic => Count > 0 && Words[^1] == 0 && Words[^2] == 0;

    /// <summary>Adds a parameter.</summary>
    /// <param name="name">The name; those of functions have one, those of pointers to functions need none.</param>
    /// <param name="type">The id of its type.</param>
    public FunctionPrototypeBuilder Add(string name, uint type)
    {
        NameRules.CheckOptional(name, "a parameter", nameof(name));
        _builder.Check(type, nameof(type));
        if (type == 0) throw new ArgumentException("No parameter is void.", nameof(type));
        return Put(_builder.Strings.Add(name), type);
    }

    /// <summary>Adds <c>...</c> as the last parameter.</summary>
    public FunctionPrototypeBuilder AddVariadic() => Put(0, 0);

    /// <summary>Takes away all parameters.</summary>
    public FunctionPrototypeBuilder Clear()
    {
        _words.RemoveRange(RecordFields.HeadWords, _words.Count - RecordFields.HeadWords);
        Words[1] = RecordFields.Info(BtfKind.FunctionPrototype);
        return this;
    }

    private FunctionPrototypeBuilder Put(uint name, uint type)
    {
        if (IsVariadic) throw new InvalidOperationException("Nothing follows the ... of a prototype.");
        if (Count == BtfBuilder.MostElements) throw new InvalidOperationException("The prototype has as many parameters as BTF can hold.");
        _words.Add(name);
        _words.Add(type);
        Words[1]++;
        return this;
    }
}
