using System.Diagnostics.CodeAnalysis;
using Ebpf.Linux;
using Ebpf.Maps.Layout;
using Ebpf.Maps.Views;

namespace Ebpf;

/// <summary>
/// Represents values that belong to cgroups (version 2). See <see cref="BpfMap.AsCgrpStorage{TValue}"/>. Since Linux 6.2.
/// </summary>
/// <remarks>The owner is the directory of a cgroup, such as <c>/sys/fs/cgroup/system.slice</c>.</remarks>
/// <typeparam name="TValue">The type of values, with the layout that the BPF program uses.</typeparam>
public sealed class BpfCgrpStorage<[DynamicallyAccessedMembers(ManagedLayout.Fields)] TValue> : BpfLocalStorage<string, TValue>
    where TValue : unmanaged
{
    internal BpfCgrpStorage(BpfMap map)
        : base(map)
    {
    }

    private protected override object OpenAnother(BpfMap map) => map.AsCgrpStorage<TValue>();

    private protected override OwnerDescriptor Open(string owner) =>
        new(PassingDescriptor.OpenPath(Map.Kernel, owner, OpenMode.Directory));
}
