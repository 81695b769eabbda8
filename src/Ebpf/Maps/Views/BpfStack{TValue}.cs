using System.Diagnostics.CodeAnalysis;
using Ebpf.Maps.Layout;

namespace Ebpf;

/// <summary>Represents a stack: last in, first out. See <see cref="BpfMap.AsStack{TValue}"/>. Since Linux 4.20.</summary>
/// <remarks>The next value is the newest one. A full stack drops its oldest value for <see cref="BpfKeylessMap{TValue}.PushOverwriting"/>.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfStack<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfKeylessMap<TValue>
    where TValue : unmanaged
{
    internal BpfStack(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsStack<TValue>();
}
