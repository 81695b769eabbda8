using Ebpf.Btf;
using Ebpf.Tests.Linux;

namespace Ebpf.Tests;

/// <summary>BTF of other languages than C, with names that the kernel refuses: maps that need their types are created all the same.</summary>
public sealed class ForeignNamesTests
{
    /// <summary><c>struct Pair&lt;u32,u64&gt; { struct bpf_spin_lock lock; unsigned int 0; }</c></summary>
    private static (BtfType Key, BtfType Value) Types()
    {
        BtfBuilder types = new();
        BtfTypeId number = types.AddInt("unsigned int", 4);
        BtfTypeId spinLock = types.AddStruct("bpf_spin_lock").Add("val", number).Id;
        BtfTypeId value = types.AddStruct("Pair_u32_u64_").Add("lock", spinLock).Add("_field_", number).Id;
        byte[] raw = types.Build().ToArray();
        Rename(raw, "Pair_u32_u64_"u8, "Pair<u32,u64>"u8);
        Rename(raw, "_field_"u8, "0:field"u8);
        BtfSpec built = BtfSpec.Parse(raw);
        return (built[number], built[value]);
    }

    private static void Rename(byte[] raw, ReadOnlySpan<byte> name, ReadOnlySpan<byte> other) =>
        other.CopyTo(raw.AsSpan(raw.AsSpan().IndexOf(name)));

    [Fact]
    public void Create_MapWithSpinLockAndNamesOfRust_GivesTheKernelItsTypes()
    {
        (BtfType key, BtfType value) = Types();
        MapSpec spec = new() { Name = "pairs", Type = MapType.Hash, KeySize = 4, ValueSize = 8, MaxEntries = 8, KeyType = key, ValueType = value };

        using BpfMap map = BpfMap.Create(spec);

        using BpfBtf btf = BpfBtf.Open(map.GetInfo().BtfId);
        StructType loaded = Assert.IsType<StructType>(btf.ReadTypes()[map.GetInfo().ValueTypeId]);
        Assert.Equal("Pair_u32_u64_", loaded.Name);
        Assert.Equal(["lock", "__field"], loaded.Members.Select(member => member.Name));
    }
}
