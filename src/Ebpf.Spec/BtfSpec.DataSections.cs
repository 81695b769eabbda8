using Ebpf.Btf;

namespace Ebpf;

/// <content>The types that describe sections.</content>
public sealed partial class BtfSpec
{
    /// <summary>The data sections, in the order of their ids; no other type is decoded.</summary>
    internal IEnumerable<DataSectionType> DataSections
    {
        get
        {
            for (uint id = 1; id < (uint)Count; id++)
            {
                if (Record(id).Kind == BtfKind.DataSection) yield return (DataSectionType)this[id];
            }
        }
    }
}
