using Ebpf.Btf.Reading;

namespace Ebpf.Btf.Printing;

/// <summary>The functions that BTF tags as kfuncs.</summary>
internal static class KernelFunctions
{
    /// <summary>Finds them, in the order of their ids, each once.</summary>
    /// <param name="source">The types.</param>
    /// <param name="first">The first type to look at.</param>
    public static List<KernelFunction> Find(TypeSource source, uint first)
    {
        if (!source.Types.Has(BtfKind.DeclTag)) return [];
        SortedSet<uint> kfuncs = [];
        HashSet<uint> fast = [];
        for (uint id = first; id < source.EndId; id++)
        {
            BtfRecord tag = source.Record(id);
            if (tag.Kind != BtfKind.DeclTag || tag.Word(0) != uint.MaxValue) continue;
            uint target = tag.SizeOrType;
            if (source.KindOf(target) != BtfKind.Function) continue;
            ReadOnlySpan<byte> text = source.Text(tag.NameOffset);
            if (text.SequenceEqual("bpf_kfunc"u8)) kfuncs.Add(target);
            else if (text.SequenceEqual("bpf_fastcall"u8)) fast.Add(target);
        }

        return [.. kfuncs.Select(id => new KernelFunction(id, fast.Contains(id)))];
    }
}

/// <summary>A kfunc.</summary>
/// <param name="Id">The function.</param>
/// <param name="IsFast">Whether callers need not save registers (<c>bpf_fastcall</c>).</param>
internal readonly record struct KernelFunction(uint Id, bool IsFast);
