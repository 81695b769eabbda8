using Ebpf.Btf;
using Ebpf.Features;
using Ebpf.Maps;
using Ebpf.Programs;
using Ebpf.Usdt;

namespace Ebpf.Links.Usdt;

/// <summary>
/// The maps of <c>usdt.bpf.h</c> in a collection, through which its programs learn where the arguments of a probe are.
/// </summary>
internal sealed class UsdtMaps : AttachContext
{
    public const string SpecsName = "__bpf_usdt_specs", AddressesName = "__bpf_usdt_ip_to_spec_id";

    private UsdtMaps(BpfMap specs, BpfMap? addresses, BtfType? specType, bool usesCookies) =>
        (Specs, Addresses, SpecType, UsesCookies) = (specs, addresses, specType, usesCookies);

    /// <summary>Where the arguments are, by the id that a program gets as its cookie.</summary>
    public BpfMap Specs { get; }

    /// <summary>The ids by the address of the probe, for kernels without cookies; <c>null</c> if the collection has no such map.</summary>
    public BpfMap? Addresses { get; }

    /// <summary>The type of the elements of <see cref="Specs"/>; <c>null</c> if the object does not tell.</summary>
    public BtfType? SpecType { get; }

    /// <summary>Whether the programs take the id from their cookie, not from <see cref="Addresses"/>.</summary>
    public bool UsesCookies { get; }

    /// <summary>Finds the maps among those of a collection.</summary>
    /// <param name="maps">The maps.</param>
    /// <param name="specsSpec">The spec of the map of arguments; <c>null</c> if there is none.</param>
    /// <param name="isOwn">Whether the map was created for the collection, so that nobody else has taken elements of it.</param>
    /// <returns><c>null</c> if the object does not use <c>usdt.bpf.h</c>.</returns>
    public static UsdtMaps? Find(NameTable<BpfMap> maps, MapSpec? specsSpec, Func<BpfMap, bool> isOwn)
    {
        if (!maps.TryGetValue(SpecsName, out BpfMap? specs)) return null;
        if (isOwn(specs)) specs.Slots ??= new ElementSlots(specs.MaxEntries);
        maps.TryGetValue(AddressesName, out BpfMap? addresses);
        return new UsdtMaps(specs, addresses, specsSpec?.ValueType, ProbedFacts.Of(specs.Kernel).HasBpfCookie);
    }

    /// <summary>How the elements of <see cref="Specs"/> are laid out.</summary>
    /// <param name="operation">What is being done, for messages.</param>
    /// <exception cref="BpfException">They are not what this library knows.</exception>
    public UsdtLayout ReadLayout(string operation) => UsdtLayout.TryRead(SpecType, (uint)Specs.ValueSize, out UsdtLayout? layout)
        ? layout
        : throw new BpfException(
            $"{operation}: the elements of map \"{SpecsName}\", of {Specs.ValueSize} bytes, are not the struct __bpf_usdt_spec of usdt.bpf.h, "
            + "or the object has no BTF that says so (clang -g)");
}
