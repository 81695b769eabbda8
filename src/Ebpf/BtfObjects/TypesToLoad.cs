using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Linux;
using Microsoft.Extensions.Logging;

namespace Ebpf.BtfObjects;

/// <summary>
/// Gathers the types that an object (or a map by itself) brings into the kernel: its own, and behind them what else its maps and programs
/// were given: types of other BTF, and lines of source that are in no BTF.
/// </summary>
/// <param name="own">The object's own types, which keep their ids and strings; <c>null</c> if it has none.</param>
internal sealed class TypesToLoad(BtfSpec? own)
{
    private readonly Dictionary<BtfType, uint> _foreign = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<LineInfo, (uint File, uint Text)> _lines = new(ReferenceEqualityComparer.Instance);
    private BtfBuilder? _builder;

    /// <summary>Adds a type, with all that it refers to.</summary>
    public void Include(BtfType? type)
    {
        if (type is null or VoidType || IsOwn(type.Owner) || _foreign.ContainsKey(type)) return;
        _foreign.Add(type, Builder().Add(type).Value);
    }

    /// <summary>Adds the types of a program's functions, and the lines of its source.</summary>
    public void Include(InstructionList code)
    {
        foreach (ref readonly Instruction instruction in code.AsSpan())
        {
            Include(instruction.Function);
            if (instruction.Line is not { } line || IsOwn(line.Owner) || _lines.ContainsKey(line)) continue;
            BtfBuilder builder = Builder();
            _lines.Add(line, (builder.AddString(line.File), builder.AddString(line.Text)));
        }
    }

    /// <summary>Loads them. They are no necessity: if the kernel refuses, the result says why.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="logger">Is told why the kernel refuses them.</param>
    /// <param name="token">The token to use; <c>null</c> for the one that is found.</param>
    /// <exception cref="BpfException">The types are for another byte order, or split BTF.</exception>
    /// <exception cref="ObjectFormatException">The types are malformed.</exception>
    public LoadedTypes Load(LinuxKernel kernel, ILogger? logger, BpfHandle? token)
    {
        BpfException? refusal = null;
        if (_builder is not null)
        {
            BtfSpec all = _builder.Build();
            if (BpfBtf.TryLoad(kernel, all, logger, out refusal, token) is { } loaded) return new LoadedTypes(loaded, all, own, _foreign, _lines);
        }

        // Rather go without what was added than without the object's own.
        return own is not null && BpfBtf.TryLoad(kernel, own, logger, out refusal, token) is { } ownLoaded
            ? new LoadedTypes(ownLoaded, own, own, [], [])
            : new LoadedTypes(refusal?.Message);
    }

    private bool IsOwn(BtfSpec? owner) => owner is not null && ReferenceEquals(owner, own);

    private BtfBuilder Builder() => _builder ??= own is null ? new BtfBuilder() : BtfBuilder.From(own);
}
