using Ebpf.Btf.Extensions;

namespace Ebpf.Object.Linking;

/// <summary>Walks through the records of a section beside its instructions.</summary>
/// <typeparam name="T">The kind of record.</typeparam>
internal struct RecordCursor<T>
    where T : struct, IBtfExtensionRecord<T>
{
    private readonly BtfExtensionRecords<T> _records;
    private int _next;

    /// <param name="records">The records, in the order of their offsets as compilers write them.</param>
    /// <param name="start">The offset at which the walk begins, in bytes.</param>
    public RecordCursor(BtfExtensionRecords<T> records, uint start)
    {
        _records = records;
        int low = 0, high = records.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (records[middle].InstructionOffset < start) low = middle + 1;
            else high = middle;
        }

        _next = low;
    }

    /// <summary>Takes the record of an instruction, if it has one; the first of several.</summary>
    /// <param name="offset">Where the instruction stands, in bytes; never less than the time before.</param>
    /// <param name="record">The record.</param>
    public bool TryTake(uint offset, out T record)
    {
        bool found = false;
        record = default;
        while (_next < _records.Count && _records[_next] is var candidate && candidate.InstructionOffset <= offset)
        {
            if (!found && candidate.InstructionOffset == offset) (record, found) = (candidate, true);
            _next++;
        }

        return found;
    }
}
