using Ebpf.Errors;
using Ebpf.Linux;
using Ebpf.Maps;

namespace Ebpf.Links.Usdt;

/// <summary>What one attachment has in the maps of <c>usdt.bpf.h</c>, until it is given back.</summary>
internal sealed unsafe class UsdtEntries
{
    private const int MaxAttempts = 3;

    private readonly UsdtMaps _maps;
    private readonly ElementSlots _slots;
    private readonly uint[] _ids;
    private readonly List<ulong> _addresses = [];
    private int _released;

    private UsdtEntries(UsdtMaps maps, ElementSlots slots, uint[] ids) => (_maps, _slots, _ids) = (maps, slots, ids);

    /// <summary>The ids of the descriptions, in their order.</summary>
    public IReadOnlyList<uint> Ids => _ids;

    /// <summary>Writes descriptions of arguments into elements of their own.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="specs">The descriptions, each once.</param>
    /// <param name="operation">What is being done, for messages.</param>
    /// <exception cref="InvalidOperationException">Others use the map, whose elements are not known.</exception>
    /// <exception cref="BpfException">There is no room for them, or the kernel refused; then nothing is taken.</exception>
    public static UsdtEntries Write(UsdtMaps maps, IReadOnlyList<byte[]> specs, string operation)
    {
        ElementSlots slots = maps.Specs.Slots ?? throw new InvalidOperationException(
            $"{operation}: map \"{UsdtMaps.SpecsName}\" was opened, not created, by this process: which of its elements others use is not known.");
        if (!slots.TryTake(specs.Count, out uint[] ids))
        {
            throw new BpfException(
                operation,
                Errno.E2BIG,
                $"it needs {specs.Count} elements of map \"{UsdtMaps.SpecsName}\", of whose {slots.Count} {slots.Free} are free: define "
                + "BPF_USDT_MAX_SPEC_CNT with a larger number before usdt.bpf.h is included, or set MaxEntries of the map before loading");
        }

        UsdtEntries entries = new(maps, slots, ids);
        try
        {
            for (int i = 0; i < ids.Length; i++)
            {
                uint id = ids[i];
                fixed (byte* spec = specs[i])
                {
                    Errno error = maps.Specs.Kernel.UpdateElement(maps.Specs.Handle, &id, spec, 0);
                    if (error != Errno.None) throw Refusal.Explain(maps.Specs.Kernel, $"{operation}: write where its arguments are", error);
                }
            }

            return entries;
        }
        catch
        {
            entries.Release();
            throw;
        }
    }

    /// <summary>Writes which description holds at addresses, for programs that have no cookie.</summary>
    /// <exception cref="BpfException">There is no room, another attachment is at the address, or the kernel refused.</exception>
    public void AddAddresses(ReadOnlySpan<ulong> addresses, uint id, string operation)
    {
        foreach (ulong address in addresses) Add(address, id, operation);
    }

    /// <summary>Gives everything back, once. Nothing must be attached any more that uses it.</summary>
    public void Release()
    {
        if (Interlocked.Exchange(ref _released, 1) != 0) return;
        try
        {
            foreach (ulong address in _addresses) Remove(address);
        }
        catch (ObjectDisposedException)
        {
            // The collection is disposed: nobody can attach with its maps any more.
        }

        _slots.GiveBack(_ids);
    }

    /// <summary>A bucket that a program uses at this moment is busy.</summary>
    private void Remove(ulong address)
    {
        BpfMap map = _maps.Addresses!;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (map.Kernel.DeleteElement(map.Handle, &address) is Errno.None or Errno.ENOENT) return;
        }
    }

    private void Add(ulong address, uint id, string operation)
    {
        BpfMap map = _maps.Addresses ?? throw new BpfException(
            $"{operation}: the collection has no map \"{UsdtMaps.AddressesName}\", which usdt.bpf.h needs on kernels without cookies (before Linux 5.15)");
        const ulong onlyNew = 1; // BPF_NOEXIST
        Errno error = map.Kernel.UpdateElement(map.Handle, &address, &id, onlyNew);
        string? advice = error switch
        {
            Errno.EEXIST => "a program of this collection is attached at the same address, and on kernels before Linux 5.15 there can be one alone",
            Errno.E2BIG => $"the {map.MaxEntries} elements of map \"{UsdtMaps.AddressesName}\" are taken: define BPF_USDT_MAX_IP_CNT "
                + "with a larger number before usdt.bpf.h is included, or set MaxEntries of the map before loading",
            _ => null,
        };
        if (error != Errno.None) throw Refusal.Explain(map.Kernel, $"{operation}: write its address", error, advice: advice);
        _addresses.Add(address);
    }
}
