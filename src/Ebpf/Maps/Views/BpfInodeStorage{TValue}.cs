using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents values that belong to files, directories and the like. See <see cref="BpfMap.AsInodeStorage{TValue}"/>. Since Linux
/// 5.10.
/// </summary>
/// <remarks>The owner is the path of a file; symbolic links are followed.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfInodeStorage<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfLocalStorage<string, TValue>
    where TValue : unmanaged
{
    internal BpfInodeStorage(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsInodeStorage<TValue>();

    private protected override OwnerDescriptor Open(string owner) => new(PassingDescriptor.OpenPath(Map.Kernel, owner));
}
