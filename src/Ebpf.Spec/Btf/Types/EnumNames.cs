using System.Collections.Immutable;
using System.Numerics;

namespace Ebpf.Btf.Types;

/// <summary>The values of an enumeration by their numbers, and whether they are flags that can be combined.</summary>
internal sealed class EnumNames
{
    private readonly Dictionary<long, EnumValue> _values = [];
    private readonly List<EnumValue> _flags = [];

    public EnumNames(ImmutableArray<EnumValue> values)
    {
        ulong largest = 0, bits = 0, all = 0;
        foreach (EnumValue value in values)
        {
            if (!_values.TryAdd(value.Value, value)) continue;
            largest = Math.Max(largest, value.UnsignedValue);
            all |= value.UnsignedValue;
            if (!BitOperations.IsPow2(value.UnsignedValue)) continue;
            bits |= value.UnsignedValue;
            _flags.Add(value);
        }

        // 1, 2, 3, 4 are numbers in a row. Flags leave numbers out, and each bit has a name of its own.
        int count = _values.Count - (_values.ContainsKey(0) ? 1 : 0);
        bool areFlags = _flags.Count > 1 && bits == all && (ulong)count != largest;
        if (!areFlags) _flags.Clear();
    }

    /// <summary>The first value of a number; <c>null</c> if there is none.</summary>
    public EnumValue? Find(long value) => _values.GetValueOrDefault(value);

    /// <summary>The flags that make up a number, in the order of the source; none if they do not, or are no flags.</summary>
    /// <param name="value">Not 0.</param>
    public IEnumerable<EnumValue> Flags(long value)
    {
        ulong named = 0;
        foreach (EnumValue flag in _flags) named |= flag.UnsignedValue;
        return ((ulong)value & ~named) != 0 ? [] : _flags.Where(flag => (flag.UnsignedValue & (ulong)value) != 0);
    }
}
