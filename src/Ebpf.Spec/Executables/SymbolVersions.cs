using Ebpf.Common;

namespace Ebpf.Executables;

/// <summary>The versions of the symbols that a library defines (<c>.gnu.version</c>, <c>.gnu.version_d</c>).</summary>
/// <param name="file">The library.</param>
/// <param name="table">Where the version of each symbol stands in the file.</param>
/// <param name="definitions">Where the names of the versions stand, and how many there are.</param>
/// <param name="names">Where the names begin, and where they end.</param>
internal sealed class SymbolVersions(ElfExecutable file, ulong table, (ulong Offset, ulong Count) definitions, (ulong Offset, ulong End) names)
{
    private Dictionary<int, string>? _names;

    /// <summary>The version of a symbol.</summary>
    /// <param name="index">The number of the symbol.</param>
    /// <returns>Its name, <c>null</c> for none; and whether the name of the symbol alone means this one.</returns>
    public (string? Version, bool IsDefault) Of(long index)
    {
        const ushort hidden = 0x8000;
        ReadOnlySpan<byte> entry = file.Windows.At(table + ((ulong)index * 2), 2);
        if (entry.Length < 2) return (null, true);
        ushort version = entry.U16(0, file.Swap);
        _names ??= ReadNames();
        return (_names.GetValueOrDefault(version & ~hidden), (version & hidden) == 0);
    }

    private Dictionary<int, string> ReadNames()
    {
        // Elf64_Verdef and Elf64_Verdaux, the same for 32 bits. The first definition is the library itself.
        const int definitionSize = 20, nameSize = 8, baseFlag = 1;
        Dictionary<int, string> found = [];
        ulong at = definitions.Offset;
        for (ulong i = 0; i < Math.Min(definitions.Count, ushort.MaxValue); i++)
        {
            ReadOnlySpan<byte> definition = file.Windows.At(at, definitionSize);
            if (definition.Length < definitionSize) break;
            ushort flags = definition.U16(2, file.Swap);
            int number = definition.U16(4, file.Swap);
            ulong name = at + definition.U32(12, file.Swap);
            uint next = definition.U32(16, file.Swap);
            ReadOnlySpan<byte> first = file.Windows.At(name, nameSize);
            if (first.Length == nameSize && (flags & baseFlag) == 0)
                found.TryAdd(number, file.Windows.StringAt(names.Offset + first.U32(0, file.Swap), names.End));
            if (next == 0) break;
            at += next;
        }

        return found;
    }
}
