using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>Describes the network interface to which packets are redirected (<c>struct bpf_devmap_val</c>).</summary>
/// <param name="InterfaceIndex">The index of the interface.</param>
/// <param name="ProgramId">
/// The id of the program that runs on the packets before they are sent; 0 for none. Maps with values of 4 bytes have no programs.
/// </param>
public readonly record struct DevMapTarget(int InterfaceIndex, uint ProgramId);

/// <summary>
/// Represents an array or a hash table of network interfaces, to which XDP programs redirect packets. See
/// <see cref="BpfMap.AsDevMap"/>. Since Linux 4.14; the hash table since 5.4.
/// </summary>
/// <remarks>
/// This is a view, which holds no resources of its own. Interfaces are those of the network namespace of the calling thread; an
/// interface that goes away is removed from the map. Enumerating returns the keys that are set, with their targets. Safe for use
/// by several threads at once.
/// </remarks>
public sealed class BpfDevMap : BpfRedirectMap<DevMapTarget>
{
    internal BpfDevMap(BpfMap map)
        : base(map)
    {
    }

    /// <summary>Sets the interface under a key, and replaces the one that is there, if any.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <param name="interfaceIndex">The index of the interface.</param>
    /// <param name="program">
    /// A program that runs on the packets before they are sent (section <c>xdp/devmap</c>); for maps with values of 8 bytes,
    /// since Linux 5.8.
    /// </param>
    /// <exception cref="NotSupportedException">
    /// A program is given, and the map has values of 4 bytes.
    /// </exception>
    /// <exception cref="BpfException">
    /// There is no such interface or slot, the program is not made for devmaps, or the kernel refused for another reason.
    /// </exception>
    public void Update(uint key, int interfaceIndex, BpfProgram? program = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        Errno error = Write(key, new DevMapTarget(interfaceIndex, 0), program);
        if (error != Errno.None) ThrowFailed(error, interfaceIndex, program);
    }

    /// <summary>Sets the interface under a key, and replaces the one that is there, if any.</summary>
    /// <param name="key">The key; the index, in an array.</param>
    /// <param name="interfaceName">The name of the interface: <c>eth0</c>.</param>
    /// <param name="program">As for <see cref="Update(uint, int, BpfProgram?)"/>.</param>
    /// <inheritdoc cref="Update(uint, int, BpfProgram?)"/>
    public void Update(uint key, string interfaceName, BpfProgram? program = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        CallResult index = Map.Kernel.InterfaceIndex(interfaceName);
        if (index.Failed) throw new BpfException($"Find network interface {interfaceName}", index.Error);
        Update(key, index.Value, program);
    }

    private protected override object OpenAnother(BpfMap map) => map.AsDevMap();

    [DoesNotReturn]
    private void ThrowFailed(Errno error, int interfaceIndex, BpfProgram? program)
    {
        string? advice = error switch
        {
            Errno.EINVAL when program is null => $"there is no network interface {interfaceIndex}",
            Errno.EINVAL =>
                $"there is no network interface {interfaceIndex}, or {program} is not for this (section xdp/devmap)",
            _ => null,
        };
        Map.ThrowFailed("set an interface", error, advice);
    }
}
