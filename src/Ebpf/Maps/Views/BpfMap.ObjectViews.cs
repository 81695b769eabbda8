using Ebpf.Linux;
using Ebpf.Maps.Creation;
using Ebpf.Maps.Kinds;
using Ebpf.Maps.Layout;
using Fields = System.Diagnostics.CodeAnalysis.DynamicallyAccessedMembersAttribute;

namespace Ebpf;

/// <content>Views of maps that hold other objects of the kernel, and of maps that only the kernel fills.</content>
public sealed partial class BpfMap
{
    /// <summary>Returns a view of an array of programs, the targets of tail calls.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.ProgramArray"/>.</exception>
    public BpfProgramArray AsProgramArray()
    {
        CheckKind(Type == MapType.ProgramArray);
        return new BpfProgramArray(this);
    }

    /// <summary>Returns a view of an array or hash table of maps.</summary>
    /// <typeparam name="TKey">The type of keys, as for <see cref="As{TKey, TValue}"/>; <c>uint</c> for an array.</typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.ArrayOfMaps"/> and no <see cref="MapType.HashOfMaps"/>.
    /// </exception>
    public BpfMapOfMaps<TKey> AsMapOfMaps<[Fields(ManagedLayout.Fields)] TKey>()
        where TKey : unmanaged
    {
        CheckKind(Type.IsMapOfMaps());
        MapTypeCheck.Key<TKey>(this);
        return new BpfMapOfMaps<TKey>(this);
    }

    /// <summary>Returns a view of an array of perf events, one for each CPU.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.PerfEventArray"/>.</exception>
    public BpfPerfEventArray AsPerfEventArray()
    {
        CheckKind(Type == MapType.PerfEventArray);
        return new BpfPerfEventArray(this);
    }

    /// <summary>Returns a view of an array of cgroups.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.CgroupArray"/>.</exception>
    public BpfCgroupArray AsCgroupArray()
    {
        CheckKind(Type == MapType.CgroupArray);
        return new BpfCgroupArray(this);
    }

    /// <summary>Returns a view of an array or hash table of sockets, between which programs redirect data.</summary>
    /// <typeparam name="TKey">
    /// The type of keys, as for <see cref="As{TKey, TValue}"/>; <c>uint</c> for a <see cref="MapType.SockMap"/>.
    /// </typeparam>
    /// <exception cref="ArgumentException">The type does not fit the map; the message says what to change.</exception>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.SockMap"/> and no <see cref="MapType.SockHash"/>.
    /// </exception>
    public BpfSockMap<TKey> AsSockMap<[Fields(ManagedLayout.Fields)] TKey>()
        where TKey : unmanaged
    {
        CheckKind(Type is MapType.SockMap or MapType.SockHash);
        MapTypeCheck.Key<TKey>(this);
        return new BpfSockMap<TKey>(this);
    }

    /// <summary>Returns a view of an array of sockets that share a port, of which programs select one.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.ReuseportSockArray"/>.</exception>
    public BpfReuseportSockArray AsReuseportSockArray()
    {
        CheckKind(Type == MapType.ReuseportSockArray);
        return new BpfReuseportSockArray(this);
    }

    /// <summary>Returns a view of an array of AF_XDP sockets.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.XskMap"/>.</exception>
    public BpfXskMap AsXskMap()
    {
        CheckKind(Type == MapType.XskMap);
        return new BpfXskMap(this);
    }

    /// <summary>Returns a view of an array or hash table of network interfaces.</summary>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.DevMap"/> and no <see cref="MapType.DevMapHash"/>.
    /// </exception>
    public BpfDevMap AsDevMap()
    {
        CheckKind(Type is MapType.DevMap or MapType.DevMapHash);
        return new BpfDevMap(this);
    }

    /// <summary>Returns a view of an array of CPUs.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.CpuMap"/>.</exception>
    public BpfCpuMap AsCpuMap()
    {
        CheckKind(Type == MapType.CpuMap);
        return new BpfCpuMap(this);
    }

    /// <summary>Returns a view of call stacks, as addresses of instructions.</summary>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.StackTrace"/>, or one of places in files (<see cref="MapFlags.StackBuildId"/>).
    /// </exception>
    public BpfStackTraces<ulong> AsStackTraces()
    {
        CheckKind(Type == MapType.StackTrace);
        return Flags.HasFlag(MapFlags.StackBuildId)
            ? throw new NotSupportedException($"Map \"{Name}\" has build ids; use {nameof(AsBuildIdStackTraces)}.")
            : new BpfStackTraces<ulong>(this);
    }

    /// <summary>Returns a view of call stacks, as offsets in files that are identified by their build ids.</summary>
    /// <exception cref="NotSupportedException">
    /// The map is no <see cref="MapType.StackTrace"/>, or one of addresses (without <see cref="MapFlags.StackBuildId"/>).
    /// </exception>
    public BpfStackTraces<BuildIdFrame> AsBuildIdStackTraces()
    {
        CheckKind(Type == MapType.StackTrace);
        return Flags.HasFlag(MapFlags.StackBuildId)
            ? new BpfStackTraces<BuildIdFrame>(this)
            : throw new NotSupportedException($"Map \"{Name}\" has addresses; use {nameof(AsStackTraces)}.");
    }

    /// <summary>Returns a view of a struct_ops map. Since Linux 5.6.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.StructOps"/>.</exception>
    public BpfStructOps AsStructOps()
    {
        CheckKind(Type == MapType.StructOps);
        return new BpfStructOps(this);
    }

    /// <summary>Returns a view of an array of instructions. Since Linux 6.19.</summary>
    /// <exception cref="NotSupportedException">The map is no <see cref="MapType.InsnArray"/>.</exception>
    public BpfInstructionArray AsInstructionArray()
    {
        CheckKind(Type == MapType.InsnArray);
        return new BpfInstructionArray(this);
    }

    /// <summary>Returns a view of the memory of an arena.</summary>
    /// <exception cref="NotSupportedException">The map is no arena, or was not opened for both reading and writing.</exception>
    /// <exception cref="InvalidOperationException">The arena is frozen.</exception>
    /// <exception cref="BpfException">
    /// The kernel refused to map it: another process created the arena without an address (<see cref="MapSpec.MapExtra"/>), or
    /// this process uses that address for something else.
    /// </exception>
    public BpfArena AsArena()
    {
        if (Type != MapType.Arena) throw NoSuchView($"no memory of its own; use {nameof(AsSpan)} for that of an array");
        MappedMemory memory = FindMemory() ?? throw new NotSupportedException($"Arena \"{Name}\" cannot be mapped into memory: it is {WhyNotMappable}.");
        if (!memory.IsWritable) ThrowReadOnly();
        return new BpfArena(this, memory);
    }
}
