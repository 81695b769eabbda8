using System.Globalization;
using Ebpf.Links;
using Ebpf.Linux;

namespace Ebpf;

/// <summary>
/// The programs that are attached at a hook, in the order in which they run, whoever attached them: for tcx, netkit, cgroups, network
/// namespaces, socket maps and infrared receivers.
/// </summary>
public sealed record HookPrograms
{
    internal HookPrograms(string hook, AttachType attachType) => (Hook, AttachType) = (hook, attachType);

    /// <summary>Gets what was asked, in words: <c>interface eth0, TcxIngress</c>.</summary>
    public string Hook { get; }

    /// <summary>Gets the hook.</summary>
    public AttachType AttachType { get; }

    /// <summary>Gets the programs, in the order in which they run.</summary>
    public IReadOnlyList<HookProgram> Programs { get; internal init; } = [];

    /// <summary>
    /// Gets the revision of the list, which each change raises by one: for <see cref="LinkAnchor.ExpectedRevision"/>. An empty list that
    /// was never used has 1. <c>null</c> where the hook has none, or the kernel does not tell: for cgroups before Linux 6.17.
    /// </summary>
    public ulong? Revision { get; internal init; }

    /// <summary>
    /// Gets the flags of a cgroup's own list (<c>BPF_F_ALLOW_OVERRIDE</c> 1, <c>BPF_F_ALLOW_MULTI</c> 2); 0 where the programs are alone.
    /// <c>null</c> for other hooks, and for what is in effect.
    /// </summary>
    public uint? Flags { get; internal init; }

    /// <summary>
    /// Asks for the programs of a network interface at <see cref="AttachType.TcxIngress"/>, <see cref="AttachType.TcxEgress"/> (Linux 6.6),
    /// <see cref="AttachType.NetkitPrimary"/> or <see cref="AttachType.NetkitPeer"/> (Linux 6.7).
    /// </summary>
    /// <param name="interfaceName">The name of the interface in this thread's network namespace.</param>
    /// <param name="attachType">The hook.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">
    /// There is no such interface, the kernel is too old, the process lacks CAP_NET_ADMIN, or the kernel refused otherwise.
    /// </exception>
    public static HookPrograms OfInterface(string interfaceName, AttachType attachType, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        LinuxKernel system = LinuxKernel.Of(kernel);
        string hook = $"interface {interfaceName}, {attachType}";
        CallResult index = system.InterfaceIndex(interfaceName);
        return index.Failed
            ? throw new BpfException($"List programs of {hook}", index.Error, "there is no interface of this name in this network namespace")
            : new HookQuery(system, hook, attachType).OfInterface(index.Value);
    }

    /// <inheritdoc cref="OfInterface(string, AttachType, BpfKernel?)"/>
    /// <param name="interfaceIndex">The index of the interface in this thread's network namespace.</param>
    /// <param name="attachType">The hook.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    public static HookPrograms OfInterface(int interfaceIndex, AttachType attachType, BpfKernel? kernel = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(interfaceIndex);
        string hook = string.Create(CultureInfo.InvariantCulture, $"interface {interfaceIndex}, {attachType}");
        return new HookQuery(LinuxKernel.Of(kernel), hook, attachType).OfInterface(interfaceIndex);
    }

    /// <summary>Asks for the programs of a cgroup. Since Linux 4.15.</summary>
    /// <param name="path">The directory of the cgroup, in a file system of type cgroup2.</param>
    /// <param name="attachType">The hook.</param>
    /// <param name="effective">
    /// Whether to list the programs that run for the processes in the cgroup, those of the cgroups above it included, and not those that are
    /// attached to the cgroup itself.
    /// </param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">
    /// There is no such cgroup, the kernel does not know the hook, the process lacks CAP_NET_ADMIN, or the kernel refused otherwise.
    /// </exception>
    public static HookPrograms OfCgroup(string path, AttachType attachType, bool effective = false, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string hook = $"cgroup {path}, {attachType}{(effective ? ", in effect" : "")}";
        return new HookQuery(LinuxKernel.Of(kernel), hook, attachType).OfCgroup(path, effective);
    }

    /// <summary>
    /// Asks for the programs of a network namespace: <see cref="AttachType.FlowDissector"/> (Linux 4.20) or <see cref="AttachType.SkLookup"/>
    /// (Linux 5.9).
    /// </summary>
    /// <param name="path">
    /// A file that stands for the namespace, such as <c>/run/netns/NAME</c> or <c>/proc/PID/ns/net</c>; <c>null</c> for that of this thread.
    /// </param>
    /// <param name="attachType">The hook.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">
    /// There is no such namespace, the kernel is too old, the process lacks CAP_NET_ADMIN, or the kernel refused otherwise.
    /// </exception>
    public static HookPrograms OfNetworkNamespace(string? path, AttachType attachType, BpfKernel? kernel = null)
    {
        string place = path ?? KernelPaths.ThreadNetworkNamespace;
        string hook = $"network namespace {(path is null ? "of this thread" : path)}, {attachType}";
        return new HookQuery(LinuxKernel.Of(kernel), hook, attachType).OfFile(place, OpenMode.ReadOnly);
    }

    /// <summary>Asks for the program of a socket map or socket hash. Since Linux 5.16.</summary>
    /// <param name="map">The map.</param>
    /// <param name="attachType">
    /// The hook: <see cref="AttachType.SkMsgVerdict"/>, <see cref="AttachType.SkSkbStreamParser"/>,
    /// <see cref="AttachType.SkSkbStreamVerdict"/> or <see cref="AttachType.SkSkbVerdict"/>.
    /// </param>
    /// <exception cref="ArgumentException">It is no socket map and no socket hash.</exception>
    /// <exception cref="BpfException">The kernel is too old, the process lacks CAP_NET_ADMIN, or the kernel refused otherwise.</exception>
    public static HookPrograms OfSockMap(BpfMap map, AttachType attachType)
    {
        ArgumentNullException.ThrowIfNull(map);
        if (map.Type is not (MapType.SockMap or MapType.SockHash))
            throw new ArgumentException($"{map} is neither a socket map nor a socket hash.", nameof(map));
        return new HookQuery(map.Kernel, $"map \"{map.Name}\", {attachType}", attachType).OfDescriptor(map.Handle);
    }

    /// <summary>Asks for the programs of an infrared receiver. Since Linux 4.18.</summary>
    /// <param name="path">The device: <c>/dev/lirc0</c>.</param>
    /// <param name="kernel">The kernel; <c>null</c> for <see cref="BpfKernel.Running"/>.</param>
    /// <exception cref="BpfException">There is no such device, or the kernel refused otherwise.</exception>
    public static HookPrograms OfLirc(string path, BpfKernel? kernel = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new HookQuery(LinuxKernel.Of(kernel), $"infrared receiver {path}", AttachType.LircMode2).OfFile(path, OpenMode.ReadOnly);
    }

    /// <summary>Returns one line: the hook and the ids of the programs.</summary>
    public override string ToString() => $"{Hook}: {(Programs.Count == 0 ? "no program" : string.Join(", ", Programs))}";
}

/// <summary>A program at a hook.</summary>
public sealed record HookProgram
{
    /// <summary>Gets the id of the program; 0 if it went away while the kernel was asked.</summary>
    public uint ProgramId { get; internal init; }

    /// <summary>
    /// Gets the id of the link by which it is attached; 0 if it is attached without one. <c>null</c> where the kernel does not tell: it does
    /// for tcx and netkit.
    /// </summary>
    public uint? LinkId { get; internal init; }

    /// <summary>
    /// Gets the flags with which it is attached to a cgroup (<c>BPF_F_ALLOW_OVERRIDE</c> 1, <c>BPF_F_ALLOW_MULTI</c> 2,
    /// <c>BPF_F_PREORDER</c> 64). <c>null</c> where the kernel does not tell: before Linux 6.1, for other hooks, and for what is in effect.
    /// </summary>
    public uint? Flags { get; internal init; }

    /// <summary>Returns the ids: <c>program 17 (link 4)</c>.</summary>
    public override string ToString() => LinkId is > 0 ? $"program {ProgramId} (link {LinkId})" : $"program {ProgramId}";
}
