using Ebpf.Btf;

namespace Ebpf;

/// <content>The types of one kind.</content>
public sealed partial class BtfSpec
{
    /// <summary>The types of one kind, in the order of their ids; no other is decoded.</summary>
    internal IEnumerable<BtfType> OfKind(BtfKind kind)
    {
        if (!_image.Has(kind)) yield break;
        for (uint id = 1; id < (uint)Count; id++)
        {
            if (Record(id).Kind == kind) yield return this[id];
        }
    }
}
