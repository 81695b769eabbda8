using Ebpf.Linux;

namespace Ebpf.Tests.Maps;

/// <summary>Maps for tests.</summary>
internal static class Make
{
    public static MapSpec Spec(
        MapType type, uint keySize = 4, uint valueSize = 8, uint maxEntries = 64, MapFlags flags = MapFlags.None) => new()
        {
            Name = "test",
            Type = type,
            KeySize = keySize,
            ValueSize = valueSize,
            MaxEntries = maxEntries,
            Flags = flags,
        };

    public static BpfMap Map(
        MapType type, uint keySize = 4, uint valueSize = 8, uint maxEntries = 64, MapFlags flags = MapFlags.None) =>
        BpfMap.Create(Spec(type, keySize, valueSize, maxEntries, flags));

    public static BpfMap Map(LinuxKernel kernel, MapSpec spec, MapCreateOptions? options = null) =>
        MapCreation.Create(kernel, spec, options ?? MapCreateOptions.None);
}
