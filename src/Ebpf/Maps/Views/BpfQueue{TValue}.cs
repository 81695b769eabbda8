using System.Diagnostics.CodeAnalysis;
using Ebpf.Maps.Layout;

namespace Ebpf;

/// <summary>Represents a queue: first in, first out. See <see cref="BpfMap.AsQueue{TValue}"/>. Since Linux 4.20.</summary>
/// <remarks>The next value is the oldest one. A full queue drops its oldest value for <see cref="BpfKeylessMap{TValue}.PushOverwriting"/>.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfQueue<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfKeylessMap<TValue>
    where TValue : unmanaged
{
    internal BpfQueue(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsQueue<TValue>();
}
