using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents values that belong to processes and threads. See <see cref="BpfMap.AsTaskStorage{TValue}"/>. Since Linux 5.11.
/// </summary>
/// <remarks>The owner is the id of a process; since Linux 6.9 also that of a thread.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfTaskStorage<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfLocalStorage<int, TValue>
    where TValue : unmanaged
{
    internal BpfTaskStorage(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsTaskStorage<TValue>();

    private protected override OwnerDescriptor Open(int owner) => new(PassingDescriptor.OpenTask(Map.Kernel, owner));
}
