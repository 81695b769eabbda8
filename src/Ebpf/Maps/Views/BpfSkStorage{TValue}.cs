using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents values that belong to sockets. See <see cref="BpfMap.AsSkStorage{TValue}"/>. Since Linux 5.2.
/// </summary>
/// <remarks>The owner is a socket. The kernel does not keep values for sockets of every kind.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfSkStorage<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfLocalStorage<Socket, TValue>
    where TValue : unmanaged
{
    internal BpfSkStorage(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsSkStorage<TValue>();

    private protected override OwnerDescriptor Open(Socket owner)
    {
        ArgumentNullException.ThrowIfNull(owner);
        return new OwnerDescriptor(owner.SafeHandle.Borrow());
    }
}
