using System.Diagnostics.CodeAnalysis;
using Ebpf.Asm;
using Ebpf.Btf;
using Ebpf.Elf;

namespace Ebpf.Object;

/// <summary>What the object expects others to define: <c>.kconfig</c> and <c>.ksyms</c> externs, known by BTF alone.</summary>
internal sealed class ExternTable
{
    private readonly Dictionary<string, (ReferenceKind Kind, BtfType Type)> _externs = new(StringComparer.Ordinal);

    public ExternTable(BtfSpec? types)
    {
        if (types is null) return;
        Add(types, ".ksyms");
        Add(types, ".kconfig");
    }

    /// <summary>What the undefined <paramref name="symbol"/> stands for.</summary>
    public bool TryGet(string symbol, out ReferenceKind kind, [NotNullWhen(true)] out BtfType? type)
    {
        bool found = _externs.TryGetValue(symbol, out (ReferenceKind Kind, BtfType Type) known);
        (kind, type) = known;
        return found;
    }

    private void Add(BtfSpec types, string section)
    {
        if (!types.TryGet(section, out DataSectionType? externs)) return;
        foreach (DataSectionEntry entry in externs.Entries)
        {
            ReferenceKind kind = section == ".kconfig" ? ReferenceKind.Kconfig
                : entry.Type is FunctionType ? ReferenceKind.Kfunc
                : ReferenceKind.Ksym;
            _externs.TryAdd(entry.Type.Name, (kind, entry.Type));
        }
    }
}
